import { open, type FileHandle } from "node:fs/promises";

import { errorCodeOf, type TreeEntry } from "@ipfs-kit/core";
import { carOf, collect, directoryBlock, inPieces, rawBlock, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { openStore, temporaryDirectory, temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;

/** What all open files have their calls from. */
async function fileCalls(): Promise<FileHandle> {
  const file = await open(import.meta.filename);
  await file.close();
  onTestFinished(() => void vi.restoreAllMocks());
  return Object.getPrototypeOf(file);
}

async function* hanging(): AsyncGenerator<TreeEntry> {
  yield { path: "folder/first", content: inPieces(seededBytes(1000, 1), 100) };
  await new Promise<never>(() => {});
}

async function* endless(): AsyncGenerator<TreeEntry> {
  for (let index = 0; ; index += 1) {
    yield { path: `folder/${index}`, content: inPieces(seededBytes(MIB, index + 1), MIB) };
  }
}

describe("a tree whose source hangs", () => {
  it("is left at once by a reader who has enough", async () => {
    const store = await temporaryStore();
    for await (const { path } of store.addTree(hanging())) {
      expect(path).toBe("folder/first");
      break;
    }
    expect((await store.listPins()).pins).toEqual([]);
  });

  it("ends when it is cancelled, and when the store stops", async () => {
    const store = await temporaryStore();
    const controller = new AbortController();
    const adding = async (signal?: AbortSignal, onEntry = () => {}) => {
      for await (const { path } of store.addTree(hanging(), { signal })) {
        expect(path).toBe("folder/first");
        onEntry();
      }
    };
    const cancelled = adding(controller.signal, () => controller.abort());
    await expect(cancelled).rejects.toMatchObject({ code: "aborted" });
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const stopped = adding(undefined, begin).then(() => "ok", errorCodeOf);
    await begun;
    await store.stop();
    expect(await stopped).toBe("invalid_state");
    await store.start();
    expect((await store.listPins()).pins).toEqual([]);
  });
});

describe("a tree that does not fit", () => {
  it("is not kept, and what was there before is", async () => {
    const store = await temporaryStore({ storageMaxBytes: 8 * MIB });
    const before = await store.add(inPieces(seededBytes(MIB, 99), MIB));
    const paths: string[] = [];
    const adding = async () => {
      for await (const { path } of store.addTree(endless())) paths.push(path);
    };
    await expect(adding()).rejects.toMatchObject({ code: "storage_full" });
    expect(paths.length).toBeLessThan(8);
    expect((await store.listPins()).pins).toMatchObject([{ size: MIB }]);
    for await (const cid of store.collectGarbage()) expect(cid.version).toBe(1);
    expect((await store.stats()).blocks).toBe(1);
    // There is room again.
    await store.add(inPieces(seededBytes(5 * MIB, 98), MIB));
    expect(await collect(store.read(before.cid))).toHaveLength(MIB);
  });
});

describe("an entry of a tree", () => {
  it("is told when it is on the disk, and not before; no more so the pin", async () => {
    const store = await temporaryStore();
    const calls = await fileCalls();
    const log: string[] = [];
    const synced = vi.spyOn(calls, "datasync").mockImplementation(async function slow(
      this: FileHandle,
    ) {
      await new Promise(setImmediate);
      await this.sync();
      log.push("synced");
    });
    store.events.on("pin_added", () => log.push("pinned"));
    store.events.on("content_added", () => log.push("added"));
    for await (const { path } of store.addTree(folder("folder", 1))) log.push(path);
    expect(log.indexOf("synced")).toBeLessThan(log.indexOf("folder/file"));
    expect(log.slice(log.lastIndexOf("synced"))).toEqual(["synced", "pinned", "added", "folder"]);
    synced.mockRejectedValueOnce(new Error("EIO: i/o error"));
    const failing = async () => {
      const entries = store.addTree(folder("other", 2));
      for await (const { path } of entries) log.push(`failed ${path}`);
    };
    await expect(failing()).rejects.toThrow("EIO");
    expect(log.filter((line) => line.startsWith("failed"))).toEqual([]);
    expect((await store.listPins()).pins).toHaveLength(1);
  });
});

async function* folder(name: string, seed: number): AsyncGenerator<TreeEntry> {
  yield { path: `${name}/file`, content: inPieces(seededBytes(5000, seed), 1000) };
}

describe("an archive", () => {
  it("is pinned together with its blocks, or not at all", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    const leaf = rawBlock(seededBytes(5000, 3));
    const root = directoryBlock([leaf.cid]);
    const car = carOf([root.cid], [root, leaf]);
    const calls = await fileCalls();
    vi.spyOn(calls, "datasync").mockRejectedValueOnce(new Error("EIO: i/o error"));
    await expect(store.importCar(inPieces(car, 1000))).rejects.toThrow("EIO");
    expect((await store.listPins()).pins).toEqual([]);
    vi.restoreAllMocks();
    await store.importCar(inPieces(car, 1000));
    await store.stop();
    const again = await openStore(directory);
    expect((await again.listPins()).pins).toMatchObject([{ kind: "recursive" }]);
    expect(Buffer.from(leaf.bytes).equals(await again.blocks.get(leaf.cid))).toBe(true);
  });

  it("fails, and does not blame its root, when the disk does not take the pin", async () => {
    const store = await temporaryStore();
    const leaf = rawBlock(seededBytes(5000, 7));
    await store.blocks.put(leaf.cid, leaf.bytes);
    const car = carOf([leaf.cid], [leaf]);
    const calls = await fileCalls();
    const failure = Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    vi.spyOn(calls, "datasync").mockRejectedValueOnce(failure);
    await expect(store.importCar(inPieces(car, 1000))).rejects.toMatchObject({
      code: "unavailable",
    });
    expect((await store.listPins()).pins).toEqual([]);
    await store.importCar(inPieces(car, 1000));
    expect((await store.listPins()).pins).toHaveLength(1);
  });

  it("is spared by a collection while it comes in", async () => {
    const store = await temporaryStore();
    const leaves = [4, 5, 6].map((seed) => rawBlock(seededBytes(50_000, seed)));
    const root = directoryBlock(leaves.map(({ cid }) => cid));
    // The first leaf is here already, as garbage.
    const [old] = leaves;
    if (old === undefined) throw new Error("There is no leaf.");
    await store.blocks.put(old.cid, old.bytes);
    let removed = 0;
    async function* source() {
      for await (const piece of inPieces(carOf([root.cid], [...leaves, root]), 20_000)) {
        yield piece;
        for await (const cid of store.collectGarbage()) {
          removed += cid.equals(old?.cid) ? 0 : 1;
        }
      }
    }
    const { roots } = await store.importCar(source());
    expect(roots[0]?.pinError).toBeUndefined();
    expect(removed).toBe(0);
    for (const { cid } of [...leaves, root]) expect(await store.blocks.has(cid)).toBe(true);
  });
});
