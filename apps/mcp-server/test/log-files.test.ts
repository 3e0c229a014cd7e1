import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { LogFileWriter, type LogFileWriterInit } from "../src/logging/log-file-writer.ts";
import { LogFolder, type LogRetention } from "../src/logging/log-folder.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

let folder: string;
/** What the writers take for the time. */
let now: Date;
let troubles: unknown[];
let recoveries: number[];
const writers: LogFileWriter[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-logs-"));
  now = new Date("2026-11-21T15:00:00Z");
  troubles = [];
  recoveries = [];
});

afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.close();
  await rm(folder, { recursive: true, force: true });
});

function writerOf(
  init: Partial<LogFileWriterInit> = {},
  retention: LogRetention = { totalBytes: 2 ** 30, days: 30 },
): LogFileWriter {
  const writer = new LogFileWriter({
    folder: new LogFolder(join(folder, "server"), retention),
    onTrouble: (error) => troubles.push(error),
    onRecovered: (lost) => recoveries.push(lost),
    now: () => now,
    ...init,
  });
  writers.push(writer);
  return writer;
}

const lineOf = (n: number, length = 20) => `${JSON.stringify({ n, pad: "é".repeat(length) })}\n`;

async function files(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(".jsonl")).toSorted();
}

/** The numbers of all lines, in the order of the files. Fails when one is no whole object. */
async function numbers(): Promise<number[]> {
  const found: number[] = [];
  for (const file of await files()) {
    const lines = (await readFile(join(folder, file), "utf8")).split("\n");
    expect(lines.pop()).toBe("");
    for (const line of lines) found.push(Object(JSON.parse(line)).n);
  }
  return found;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the log files", () => {
  it("have a folder per day, and nobody else may read them", async () => {
    const writer = writerOf();
    await writer.open();
    writer.write(lineOf(0));
    await writer.flush();
    expect(await files()).toEqual([
      expect.stringMatching(/^server\/2026\/11\/21\/150000-\d+-1\.jsonl$/),
    ]);
    expect(await numbers()).toEqual([0]);
  });

  it("begin anew on a new day", async () => {
    const writer = writerOf();
    await writer.open();
    writer.write(lineOf(0));
    await writer.flush();
    now = new Date("2026-11-22T00:00:00Z");
    writer.write(lineOf(1));
    await writer.flush();
    expect((await files()).map((file) => file.slice(0, 17))).toEqual([
      "server/2026/11/21",
      "server/2026/11/22",
    ]);
    expect(await numbers()).toEqual([0, 1]);
  });

  it("begin anew when one is large, and lose no line", async () => {
    const writer = writerOf({ maxFileBytes: 10_000 });
    await writer.open();
    for (const n of upTo(1000)) {
      writer.write(lineOf(n));
      if (n % 7 === 0) await writer.flush();
      now = new Date(now.getTime() + 1000);
    }
    await writer.flush();
    expect((await files()).length).toBeGreaterThan(5);
    expect(await numbers()).toEqual(upTo(1000));
  });

  it("keep what they may, the newest, and what is not theirs", async () => {
    const retention = { totalBytes: 30_000, days: 3 };
    const ours = join(folder, "server", "2026", "11", "01");
    await mkdir(ours, { recursive: true });
    await writeFile(join(ours, "120000-1-1.jsonl"), "{}\n");
    await mkdir(join(folder, "server", "2026", "11", "02"), { recursive: true });
    const foreign = join(folder, "server", "2026", "11", "02", "notes.txt");
    await writeFile(foreign, "mine");
    const writer = writerOf({ maxFileBytes: 10_000 }, retention);
    await writer.open();
    expect(await readdir(join(folder, "server", "2026", "11"))).toEqual(["02", "21"]);
    for (const n of upTo(2000)) {
      writer.write(lineOf(n));
      if (n % 50 === 0) await writer.flush();
      now = new Date(now.getTime() + 1000);
    }
    await writer.flush();
    const kept = await numbers();
    expect(kept.at(-1)).toBe(1999);
    expect(kept).toEqual(upTo(2000).slice(-kept.length));
    expect(kept.length * lineOf(1999).length).toBeLessThan(45_000);
    now = new Date(now.getTime() + 10 * DAY_MS);
    writer.write(lineOf(2000));
    await writer.flush();
    expect(await numbers()).toEqual([2000]);
    expect(await readFile(foreign, "utf8")).toBe("mine");
  });

  it("have the rest when the process ends, also what was being written", async () => {
    for (const pause of [0, 1, 5]) {
      await rm(join(folder, "server"), { recursive: true, force: true });
      const writer = writerOf();
      await writer.open();
      for (const n of upTo(3000)) {
        writer.write(lineOf(n, 500));
        if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
      writer.flushSync();
      writer.write(lineOf(-1));
      await writer.flush();
      expect(await numbers()).toEqual(upTo(3000));
    }
  });

  it("cost lines, not the server, when the disk is slow: the rest stays in order", async () => {
    const writer = writerOf();
    await writer.open();
    const count = 3000;
    // Nothing is written before this loop ends: 4 MiB may wait.
    for (const n of upTo(count)) writer.write(lineOf(n, 4000));
    await writer.flush();
    const kept = await numbers();
    expect(kept.length).toBeLessThan(count);
    expect(kept).toEqual(upTo(kept.length));
    expect(recoveries).toEqual([count - kept.length]);
  });

  it("tell once that they cannot be written, and once that they can again", async () => {
    const writer = writerOf({ retryMs: 0, maxFileBytes: 1 });
    await writer.open();
    writer.write(lineOf(0));
    await writer.flush();
    await rm(join(folder, "server"), { recursive: true });
    await writeFile(join(folder, "server"), "in the way");
    for (const n of [1, 2, 3]) {
      writer.write(lineOf(n));
      await writer.flush();
    }
    expect(troubles).toEqual([expect.objectContaining({ code: "ENOTDIR" })]);
    expect(recoveries).toEqual([]);
    await rm(join(folder, "server"));
    writer.write(lineOf(4));
    await writer.flush();
    expect(recoveries).toEqual([3]);
    expect(await numbers()).toEqual([4]);
  });

  it("leave no empty file behind at each try", async () => {
    /** Its files cannot be written to, as on a full disk. */
    class FullFolder extends LogFolder {
      override async create(at: Date) {
        const made = await super.create(at);
        await made.handle.close();
        return made;
      }
    }
    const full = new FullFolder(join(folder, "server"), { totalBytes: 2 ** 30, days: 30 });
    const writer = writerOf({ folder: full, retryMs: 0 });
    await writer.open();
    for (const n of upTo(5)) {
      writer.write(lineOf(n));
      await writer.flush();
    }
    expect(troubles).toHaveLength(1);
    expect(await files()).toEqual([]);
  });
});
