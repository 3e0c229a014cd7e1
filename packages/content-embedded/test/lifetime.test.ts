import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { errorCodeOf } from "@ipfs-kit/core";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished } from "vitest";

import {
  childArguments,
  openStore,
  temporaryDirectory,
  temporaryStore,
} from "./temporary-store.ts";

const PROGRAM = new URL("add-until-killed.ts", import.meta.url);

describe("lifetime", () => {
  it("starts and stops as often as it is told to, and keeps its content", async () => {
    const store = await temporaryStore();
    const bytes = seededBytes(2_000_000, 1);
    const { cid } = await store.add(inPieces(bytes, 100_000), { name: "kept" });
    await Promise.all([store.stop(), store.stop()]);
    await Promise.all([store.start(), store.start()]);
    expect(await collect(store.read(cid))).toEqual(Buffer.from(bytes));
    expect((await store.listPins()).pins).toMatchObject([{ name: "kept" }]);
  });

  it("refuses every call while it does not run", async () => {
    const store = await temporaryStore();
    const { cid } = await store.add(inPieces(seededBytes(10, 1), 10));
    await store.stop();
    const expected = { code: "invalid_state" };
    await expect(store.add(inPieces(seededBytes(9, 1), 9))).rejects.toMatchObject(expected);
    await expect(store.stat(cid)).rejects.toMatchObject(expected);
    await expect(collect(store.read(cid))).rejects.toMatchObject(expected);
    await expect(store.pin(cid)).rejects.toMatchObject(expected);
    await expect(store.unpin(cid)).rejects.toMatchObject(expected);
    await expect(store.listPins()).rejects.toMatchObject(expected);
    await expect(store.blocks.get(cid)).rejects.toMatchObject(expected);
    await expect(store.blocks.has(cid)).rejects.toMatchObject(expected);
  });

  it("ends adds and reads that are under way when it stops", async () => {
    const store = await temporaryStore();
    const { cid } = await store.add(inPieces(seededBytes(20_000_000, 1), 1_000_000));
    const reading = store.read(cid)[Symbol.asyncIterator]();
    await reading.next();
    const { promise: never } = Promise.withResolvers<never>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    async function* source() {
      yield seededBytes(100, 2);
      begin();
      await never;
    }
    const adding = store.add(source()).catch(errorCodeOf);
    await begun;
    await store.stop();
    expect(await adding).toBe("invalid_state");
    const readOn = async () => {
      for (;;) if ((await reading.next()).done === true) return;
    };
    await expect(readOn()).rejects.toMatchObject({ code: "invalid_state" });
  });

  it("is not shared within one process", async () => {
    const directory = await temporaryDirectory();
    const first = await openStore(directory);
    const second = createEmbeddedStore({ directory });
    await expect(second.start()).rejects.toMatchObject({
      code: "data_directory",
      message: expect.stringContaining(String(process.pid)),
    });
    // The failed attempt must not have loosened the lock.
    await expect(createEmbeddedStore({ directory }).start()).rejects.toThrow(directory);
    await first.stop();
    await second.start();
    await second.stop();
  });

  it("is not shared between processes, and free as soon as the other is gone", async () => {
    const directory = await temporaryDirectory();
    const child = spawn(process.execPath, childArguments(PROGRAM, directory, "1"));
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(createInterface(child.stdout), "line");
    await expect(createEmbeddedStore({ directory }).start()).rejects.toMatchObject({
      code: "data_directory",
      message: expect.stringContaining(`${directory} is in use by process ${child.pid}`),
      details: { directory, pid: child.pid },
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = await openStore(directory);
    expect((await store.listPins()).pins.length).toBeGreaterThan(0);
  });

  it("is not kept out by the note of a crashed process whose number is taken again", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "owner.pid"), `${process.ppid}\n`);
    const store = await openStore(directory);
    expect((await store.listPins()).pins).toEqual([]);
  });

  it.each([
    [
      "the packs are no folder",
      "packs",
      async (directory: string) => {
        await rm(join(directory, "packs"), { recursive: true });
        await writeFile(join(directory, "packs"), "");
      },
    ],
    [
      "a pack is a folder",
      "2.pack",
      async (directory: string) => {
        await mkdir(join(directory, "packs", "2.pack"));
      },
    ],
    [
      "the index is a folder",
      "index.db",
      async (directory: string) => {
        await rm(join(directory, "index.db"));
        await mkdir(join(directory, "index.db"));
      },
    ],
    [
      "a damaged index cannot be put aside",
      "index.db.damaged",
      async (directory: string) => {
        await writeFile(join(directory, "index.db"), "x".repeat(5000));
        await mkdir(join(directory, "index.db.damaged"));
      },
    ],
  ])("says that its directory cannot be used when %s", async (_, path, damage) => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    await store.stop();
    await damage(directory);
    for (let round = 0; round < 2; round += 1) {
      await expect(store.start()).rejects.toMatchObject({
        code: "data_directory",
        message: expect.stringContaining(path),
      });
    }
  });

  it("says when its directory cannot be used", async () => {
    const directory = join(await temporaryDirectory(), "file");
    await writeFile(directory, "not a directory");
    await expect(createEmbeddedStore({ directory }).start()).rejects.toMatchObject({
      code: "data_directory",
      message: expect.stringContaining(directory),
    });
  });
});
