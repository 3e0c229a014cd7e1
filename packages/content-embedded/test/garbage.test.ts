import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { type Block, type CID, errorCodeOf } from "@ipfs-kit/core";
import { collect, directoryBlock, inPieces, rawBlock, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { openStore, temporaryDirectory, temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;

async function collectGarbage(store: EmbeddedStore): Promise<number> {
  let removed = 0;
  for await (const cid of store.collectGarbage()) removed += cid.code > 0 ? 1 : 0;
  return removed;
}

/** Small blocks that nobody needs. */
async function putGarbage(store: EmbeddedStore, blocks: number): Promise<Block[]> {
  const made = Array.from({ length: blocks }, (_, index) => rawBlock(Buffer.from(`junk ${index}`)));
  await Promise.all(made.map(async ({ cid, bytes }) => store.blocks.put(cid, bytes)));
  return made;
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield seededBytes(3 * MIB, 5);
  throw new Error("went away");
}

/** A source that stops in the middle until it is told to go on. */
function halting(bytes: Uint8Array, at: number) {
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, at);
    reached.resolve();
    await goOn.promise;
    yield bytes.subarray(at);
  }
  return { source: source(), reached: reached.promise, goOn: goOn.resolve };
}

describe("what is under way while garbage is collected", () => {
  it("is an add that wrote blocks, or found old ones here", async () => {
    const store = await temporaryStore();
    const old = seededBytes(2 * MIB, 1);
    await store.add(inPieces(old, MIB), { pin: false });
    const junk = await putGarbage(store, 10);
    const bytes = Buffer.concat([old, seededBytes(3 * MIB, 2)]);
    const { source, reached, goOn } = halting(bytes, 4 * MIB + 5);
    const adding = store.add(source);
    await reached;
    // The junk, and the root that joined the two old leaves.
    expect(await collectGarbage(store)).toBe(junk.length + 1);
    goOn();
    const { cid } = await adding;
    await collectGarbage(store);
    expect(bytes.equals(await collect(store.read(cid)))).toBe(true);
  });

  it("is an add that ends without a pin in the middle of a collection, and only this once", async () => {
    const store = await temporaryStore();
    await putGarbage(store, 10);
    const bytes = seededBytes(2 * MIB, 3);
    const { source, reached, goOn } = halting(bytes, MIB + 5);
    const adding = store.add(source, { pin: false });
    await reached;
    let removed = 0;
    for await (const cid of store.collectGarbage()) {
      goOn();
      await adding;
      removed += cid.code > 0 ? 1 : 0;
    }
    expect(removed).toBe(10);
    const { cid } = await adding;
    expect(bytes).toEqual(new Uint8Array(await collect(store.read(cid))));
    expect(await collectGarbage(store)).toBe(3);
  });

  it("is an add that begins and ends meanwhile, and finds all of its blocks here", async () => {
    const store = await temporaryStore();
    const blocks = await putGarbage(store, 2_500);
    const sorted = blocks.toSorted((a, b) => Buffer.compare(a.cid.bytes, b.cid.bytes));
    const found = sorted.slice(-100);
    let added = 0;
    for await (const cid of store.collectGarbage()) {
      expect(cid.version).toBe(1);
      if (added > 0) continue;
      for (const { cid: expected, bytes } of found) {
        expect((await store.add(inPieces(bytes, 999))).cid.toString()).toBe(expected.toString());
        added += 1;
      }
    }
    expect((await store.stats()).blocks).toBe(found.length);
    expect((await store.listPins({ limit: 1000 })).pins).toHaveLength(found.length);
  });

  it("is a pin that looks for its blocks while the next page is removed", async () => {
    const store = await temporaryStore();
    const blocks = await putGarbage(store, 2_500);
    const sorted = blocks.toSorted((a, b) => Buffer.compare(a.cid.bytes, b.cid.bytes));
    const leaves = sorted.slice(1_010, 1_990).map(({ cid }) => cid);
    const folder = directoryBlock(leaves);
    const pins: Promise<string>[] = [];
    for await (const cid of store.collectGarbage()) {
      expect(cid.version).toBe(1);
      if (pins.length > 0) continue;
      await store.blocks.put(folder.cid, folder.bytes);
      pins.push(store.pin(folder.cid).then(() => "pinned", errorCodeOf));
    }
    // It came before the next page.
    expect(await Promise.all(pins)).toEqual(["pinned"]);
    const here = await Promise.all(leaves.map(async (cid) => store.blocks.has(cid)));
    expect(here.every(Boolean)).toBe(true);
  });

  it.each([
    ["that is still here", -1_000, undefined, true],
    ["a part of which is gone", 0, 1_000, false],
  ])("is a pin made meanwhile, of what %s", async (_, from, to, isKept) => {
    const store = await temporaryStore();
    // Three pages, gone through in the order of the hashes.
    const blocks = await putGarbage(store, 2_500);
    const sorted = blocks.toSorted((a, b) => Buffer.compare(a.cid.bytes, b.cid.bytes));
    const leaves = sorted.slice(from, to).map(({ cid }) => cid);
    const folder = directoryBlock(leaves);
    const outcomes: string[] = [];
    for await (const cid of store.collectGarbage()) {
      expect(cid.version).toBe(1);
      if (outcomes.length > 0) continue;
      await store.blocks.put(folder.cid, folder.bytes);
      outcomes.push(await store.pin(folder.cid).then(() => "pinned", errorCodeOf));
    }
    expect(outcomes).toEqual([isKept ? "pinned" : "not_found"]);
    const here = await Promise.all(leaves.map(async (cid) => store.blocks.has(cid)));
    expect(here.every((isHere) => isHere === isKept)).toBe(true);
  });

  it("is a read, which ends whole", async () => {
    const store = await temporaryStore({ readAheadBlocks: 1 });
    const bytes = seededBytes(9 * MIB, 4);
    const { cid } = await store.add(inPieces(bytes, MIB), { pin: false });
    const pieces: Uint8Array[] = [];
    let removed = 0;
    for await (const piece of store.read(cid)) {
      removed += await collectGarbage(store);
      pieces.push(piece);
    }
    expect(removed).toBe(0);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(await collectGarbage(store)).toBe(10);
  });

  it("is not a failed add", async () => {
    const store = await temporaryStore();
    await expect(store.add(failing())).rejects.toThrow("went away");
    expect(await collectGarbage(store)).toBeGreaterThanOrEqual(2);
    expect((await store.stats()).blocks).toBe(0);
  });
});

describe("a collection of garbage", () => {
  it("gives the room back", async () => {
    const store = await temporaryStore({ packBytes: 2 * MIB });
    await store.add(inPieces(seededBytes(3 * MIB, 1), MIB), { pin: false });
    const kept = await store.add(inPieces(seededBytes(3 * MIB, 2), MIB));
    await store.add(inPieces(seededBytes(9 * MIB, 3), MIB), { pin: false });
    const before = await store.stats();
    await collectGarbage(store);
    const after = await store.stats();
    expect(before.bytes).toBeGreaterThan(15 * MIB);
    expect(after.bytes).toBeLessThan(8 * MIB);
    expect(after.blocks).toBe(4);
    expect(await collect(store.read(kept.cid))).toHaveLength(3 * MIB);
  });

  it("is one at a time, and no block is deleted meanwhile", async () => {
    const store = await temporaryStore();
    const [block] = await putGarbage(store, 10);
    if (block === undefined) throw new Error("There is no garbage.");
    const first = store.collectGarbage()[Symbol.asyncIterator]();
    await first.next();
    const expected = { code: "invalid_state" };
    await expect(collectGarbage(store)).rejects.toMatchObject(expected);
    await store.blocks.put(block.cid, block.bytes);
    await expect(store.blocks.delete(block.cid)).rejects.toMatchObject(expected);
    await first.return?.();
    await store.blocks.delete(block.cid);
    expect(await collectGarbage(store)).toBe(0);
  });

  it("is over when the store stops, whoever has not come for the rest", async () => {
    const store = await temporaryStore();
    await putGarbage(store, 10);
    const left = store.collectGarbage()[Symbol.asyncIterator]();
    await left.next();
    await store.stop();
    await store.start();
    expect(await collectGarbage(store)).toBe(0);
    await expect(left.next().then(async () => left.next())).resolves.toBeDefined();
  });

  it("is refused while a node of a pin cannot be read, and removes nothing", async () => {
    const { directory, folder, junk } = await damagedStore((parts) => parts.inner);
    const store = await openStore(directory);
    await expect(collectGarbage(store)).rejects.toMatchObject({
      code: "integrity",
      details: { root: folder.toString() },
    });
    await expect(store.blocks.delete(junk)).rejects.toMatchObject({ code: "integrity" });
    expect(await store.blocks.has(junk)).toBe(true);
    // Without the pin there is nothing that may belong to it.
    await store.unpin(folder);
    expect(await collectGarbage(store)).toBe(5);
  });

  it("goes on while only a leaf of a pin is damaged", async () => {
    const { directory, folder, junk, leaf } = await damagedStore((parts) => parts.leaf);
    const store = await openStore(directory);
    expect(await collectGarbage(store)).toBe(1);
    expect(await store.blocks.has(junk)).toBe(false);
    expect(await store.blocks.has(folder)).toBe(true);
    const read = store.blocks.get(leaf.cid);
    expect(await read.then(() => "ok", errorCodeOf)).toBe("integrity");
    await store.blocks.put(leaf.cid, leaf.bytes);
    expect(Buffer.from(leaf.bytes).equals(await store.blocks.get(leaf.cid))).toBe(true);
  });

  it("tells of roots that were unpinned before a restart", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    const { cid } = await store.add(inPieces(seededBytes(5000, 1), 1000));
    await store.unpin(cid);
    await store.stop();
    const again = await openStore(directory);
    const gone: string[] = [];
    again.events.on("content_removed", (root) => gone.push(root.cid.toString()));
    await collectGarbage(again);
    await collectGarbage(again);
    expect(gone).toEqual([cid.toString()]);
  });
});

interface Parts {
  inner: Block;
  leaf: Block;
}

/** A pinned folder in a folder, one block of it damaged, and one block of junk. */
async function damagedStore(choose: (parts: Parts) => Block) {
  const directory = await temporaryDirectory();
  const store = await openStore(directory);
  const leaf = rawBlock(seededBytes(5000, 11));
  const other = rawBlock(seededBytes(5000, 12));
  const inner = directoryBlock([leaf.cid, other.cid]);
  const folder = directoryBlock([inner.cid]);
  const junk = rawBlock(seededBytes(5000, 13));
  for (const { cid, bytes } of [leaf, other, inner, folder, junk])
    await store.blocks.put(cid, bytes);
  await store.pin(folder.cid);
  await store.stop();
  await damage(directory, choose({ inner, leaf }).bytes);
  const cids: { folder: CID; junk: CID } = { folder: folder.cid, junk: junk.cid };
  return { directory, leaf, ...cids };
}

/** Flips a bit in the stored bytes of a block. */
async function damage(directory: string, block: Uint8Array): Promise<void> {
  for (const name of await readdir(join(directory, "packs"))) {
    const path = join(directory, "packs", name);
    const pack = await readFile(path);
    const at = pack.indexOf(block);
    if (at < 0) continue;
    pack.writeUInt8(pack.readUInt8(at + 3) ^ 1, at + 3);
    await writeFile(path, pack);
    return;
  }
  throw new Error("The block is in no pack.");
}
