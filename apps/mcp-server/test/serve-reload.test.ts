import { createInterface } from "node:readline";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Ready, readySchema } from "@ipfs-kit/core/wire";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { watchSources } from "../src/config/watch-sources.ts";
import { type SpawnedServer, spawnServer } from "./support/spawn-server.ts";

const SOURCE = fileURLToPath(new URL("../src/version.ts", import.meta.url));
/** Against hangs: each start loads the whole server anew. */
const PATIENCE = { timeout: 100_000, interval: 50 };

let folder: string;
let file: string;
let stopping: SpawnedServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-reload-"));
  file = join(folder, "kit.json");
  await writeFile(file, "{}");
});

afterEach(async () => {
  if (stopping !== undefined && stopping.child.exitCode === null) {
    stopping.child.kill("SIGTERM");
    await stopping.ended;
  }
  await rm(folder, { recursive: true, force: true });
});

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A server that is started anew, and what it says meanwhile. */
function startReloading() {
  const server = spawnServer(["--reload", "--isolation", "--port=0", `--config=${file}`]);
  stopping = server;
  const { child } = server;
  if (child.stdout === null || child.stderr === null) throw new Error("it has no outputs");
  const ready: Ready[] = [];
  const said: string[] = [];
  createInterface(child.stdout).on("line", (line) =>
    ready.push(readySchema.parse(JSON.parse(line))),
  );
  createInterface(child.stderr).on("line", (line) => said.push(line));
  /** The first start that is not one of these. */
  const startAfter = async (...before: Ready[]): Promise<Ready> =>
    vi.waitFor(() => {
      const pids = new Set(before.map(({ pid }) => pid));
      const next = ready.find(({ pid }) => !pids.has(pid));
      if (next === undefined) throw new Error(`no new start: ${said.join("\n")}`);
      return next;
    }, PATIENCE);
  const saying = async (part: string) =>
    vi.waitFor(() => expect(said.join("\n")).toContain(part), PATIENCE);
  return { ...server, startAfter, saying };
}

describe("serve --reload", { timeout: 120_000 }, () => {
  it("starts the server anew when a source or the configuration file changes, and ends with it", async () => {
    const { child, ended, startAfter, saying } = startReloading();
    const first = await startAfter();
    await utimes(SOURCE, new Date(), new Date());
    const second = await startAfter(first);
    expect(isRunning(first.pid)).toBe(false);
    await writeFile(file, '{"drain_seconds": "1"}');
    await saying(
      `ipfs-kit: ${file}:1: drain_seconds "1" is not allowed: give a whole number from 0 to 600, without quotes.`,
    );
    await saying("ipfs-kit: the server ended with 64: it starts again when something changes");
    expect(isRunning(second.pid)).toBe(false);
    await writeFile(file, "{}");
    const third = await startAfter(first, second);
    const answer = await fetch(`${third.http}/livez`);
    expect(answer.status).toBe(200);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(isRunning(third.pid)).toBe(false);
  });

  it("leaves no server behind when it is killed", async () => {
    const { child, startAfter } = startReloading();
    const { pid } = await startAfter();
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), PATIENCE);
  });

  it("refuses a wrong command line itself", async () => {
    const { ended } = spawnServer(["--reload", "--prot=1"]);
    expect(await ended).toMatchObject({
      code: 64,
      stdout: [],
      stderr: ['ipfs-kit: There is no flag "--prot": did you mean --port?'],
    });
  });
});

describe("watchSources", () => {
  it("tells of sources and the one file, once for many changes", async () => {
    const sources = await mkdtemp(join(folder, "src-"));
    const controller = new AbortController();
    const changes = vi.fn<() => void>();
    const troubles = vi.fn<(error: unknown) => void>();
    watchSources({
      folders: [sources],
      file,
      onChange: changes,
      onTrouble: troubles,
      signal: controller.signal,
    });
    for (let at = 0; at < 20; at += 1) await writeFile(join(sources, `${at}.ts`), "x");
    await vi.waitFor(() => expect(changes).toHaveBeenCalledOnce(), PATIENCE);
    await writeFile(file, '{"port": 1}');
    await vi.waitFor(() => expect(changes).toHaveBeenCalledTimes(2), PATIENCE);
    // Neither of these counts; the last one does, and comes after them.
    await writeFile(join(sources, ".swap"), "x");
    await writeFile(join(folder, "other.json"), "x");
    await vi.waitFor(() => expect(changes).toHaveBeenCalledTimes(2));
    await writeFile(join(sources, "last.ts"), "x");
    await vi.waitFor(() => expect(changes).toHaveBeenCalledTimes(3), PATIENCE);
    controller.abort();
    expect(troubles).not.toHaveBeenCalled();
  });
});
