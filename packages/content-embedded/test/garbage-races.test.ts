import { open, type FileHandle } from "node:fs/promises";

import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { CID, errorCodeOf, RAW } from "@ipfs-kit/core";
import { collect, directoryBlock, inPieces, rawBlock, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;

async function collectGarbage(store: EmbeddedStore): Promise<string[]> {
  const removed: string[] = [];
  for await (const cid of store.collectGarbage()) removed.push(cid.toString());
  return removed;
}

/** What all open files have their calls from. */
async function fileCalls(): Promise<FileHandle> {
  const file = await open(import.meta.filename);
  await file.close();
  onTestFinished(() => void vi.restoreAllMocks());
  return Object.getPrototypeOf(file);
}

/** A source that stops in the middle until it is told to go on. */
function halting(first: Uint8Array, rest: Uint8Array) {
  const reached = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield first;
    reached.resolve();
    await goOn.promise;
    yield rest;
  }
  return { source: source(), reached: reached.promise, goOn: goOn.resolve };
}

/** Turns of the event loop that others get while work is under way. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

describe("an add that hangs", () => {
  it("keeps its own blocks from being collected, and no others", async () => {
    const store = await temporaryStore();
    const { source, reached, goOn } = halting(seededBytes(MIB, 1), seededBytes(5, 2));
    const adding = store.add(source);
    await reached;
    const junk = rawBlock(seededBytes(1000, 3));
    await store.blocks.put(junk.cid, junk.bytes);
    expect(await collectGarbage(store)).toEqual([junk.cid.toString()]);
    const other = rawBlock(seededBytes(1000, 4));
    await store.blocks.put(other.cid, other.bytes);
    await store.blocks.delete(other.cid);
    goOn();
    const { cid } = await adding;
    expect(await collect(store.read(cid))).toHaveLength(MIB + 5);
  });

  it("keeps a block that somebody else was just writing, whichever instant it came in", async () => {
    const calls = await fileCalls();
    const store = await temporaryStore();
    const block = seededBytes(MIB, 5);
    const { cid } = rawBlock(block);
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const synced = Promise.withResolvers<void>();
      const { stat } = calls;
      const watch = vi.spyOn(calls, "stat").mockImplementation(async function watched(
        this: FileHandle,
      ) {
        const stats = await stat.call(this);
        synced.resolve();
        return stats;
      });
      const putting = store.blocks.put(cid, block);
      await synced.promise;
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      const { source, reached, goOn } = halting(block, seededBytes(5, 6));
      const adding = store.add(source);
      await Promise.all([putting, reached]);
      watch.mockRestore();
      await collectGarbage(store);
      expect({ ticks, isHere: await store.blocks.has(cid) }).toEqual({ ticks, isHere: true });
      goOn();
      const added = await adding;
      await store.unpin(added.cid);
      await collectGarbage(store);
      expect(await store.blocks.has(cid)).toBe(false);
    }
  });
});

describe("a pin", () => {
  it.each(["recursive", "direct"] as const)(
    "is not made of a block that fails to reach the disk meanwhile (%s)",
    async (kind) => {
      const calls = await fileCalls();
      const store = await temporaryStore();
      const [leaf, other] = [rawBlock(seededBytes(1000, 7)), rawBlock(seededBytes(1000, 8))];
      const inner = directoryBlock([other.cid]);
      const root = directoryBlock([inner.cid, leaf.cid]);
      const late = kind === "direct" ? root : leaf;
      for (const each of [leaf, other, inner, root]) {
        if (each !== late) await store.blocks.put(each.cid, each.bytes);
      }
      // The pin has seen the late block on its way to the disk, and is held at another.
      const [held, looked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const { get } = store.blocks;
      vi.spyOn(store.blocks, "get").mockImplementation(async function slow(
        this: EmbeddedStore["blocks"],
        cid,
        options,
      ) {
        const bytes = await get.call(this, cid, options);
        if (cid.equals(kind === "direct" ? root.cid : inner.cid)) {
          looked.resolve();
          await held.promise;
        }
        return bytes;
      });
      const failing = Promise.withResolvers<void>();
      vi.spyOn(calls, "datasync").mockImplementationOnce(async () => failing.promise);
      const putting = store.blocks.put(late.cid, late.bytes).then(() => "put", errorCodeOf);
      while (!(await store.blocks.has(late.cid))) await new Promise(setImmediate);
      const pinning = store.pin(root.cid, { kind }).then(() => "pinned", errorCodeOf);
      await looked.promise;
      failing.reject(new Error("EIO: i/o error"));
      expect(await putting).toBe("internal");
      held.resolve();
      expect(await pinning).toBe("not_found");
      expect((await store.listPins()).pins).toEqual([]);
      await store.blocks.put(late.cid, late.bytes);
      await store.pin(root.cid, { kind });
    },
  );

  it("may be made as often as anybody likes while one collection marks", async () => {
    const store = await temporaryStore();
    const leaf = rawBlock(seededBytes(100, 9));
    const root = directoryBlock([leaf.cid]);
    for (const { cid, bytes } of [leaf, root]) await store.blocks.put(cid, bytes);
    await store.pin(root.cid);
    const blocks = Array.from({ length: 10_100 }, (_, index) => rawBlock(Buffer.from(`p ${index}`)));
    await Promise.all(blocks.map(async ({ cid, bytes }) => store.blocks.put(cid, bytes)));
    const junk = rawBlock(seededBytes(100, 10));
    await store.blocks.put(junk.cid, junk.bytes);
    const [marking, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { get } = store.blocks;
    vi.spyOn(store.blocks, "get").mockImplementationOnce(async function slow(
      this: EmbeddedStore["blocks"],
      cid,
      options,
    ) {
      marking.resolve();
      await goOn.promise;
      return get.call(this, cid, options);
    });
    const collecting = collectGarbage(store);
    await marking.promise;
    await Promise.all(blocks.map(async ({ cid }) => store.pin(cid)));
    goOn.resolve();
    expect(await collecting).toEqual([junk.cid.toString()]);
    expect((await store.stats()).blocks).toBe(blocks.length + 2);
  });
});

describe("a collection of garbage", () => {
  it("lets others have turns while it goes through pins and blocks that all stay", async () => {
    const store = await temporaryStore();
    const blocks = Array.from({ length: 5_000 }, (_, index) => rawBlock(Buffer.from(`k ${index}`)));
    await Promise.all(blocks.map(async ({ cid, bytes }) => store.blocks.put(cid, bytes)));
    await Promise.all(blocks.map(async ({ cid }) => store.pin(cid)));
    const turns = await turnsDuring(async () => expect(await collectGarbage(store)).toEqual([]));
    console.log("TURNS", turns);
    // Ten pages of 1000; what opens and compacts has a few turns anyway.
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it("gives way to another when nobody has come for its next block for a minute", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const store = await temporaryStore();
    const blocks = Array.from({ length: 10 }, (_, index) => rawBlock(Buffer.from(`w ${index}`)));
    const putAll = async () =>
      Promise.all(blocks.map(async ({ cid, bytes }) => store.blocks.put(cid, bytes)));
    await putAll();
    const left = store.collectGarbage()[Symbol.asyncIterator]();
    await left.next();
    await putAll();
    vi.advanceTimersByTime(59_000);
    await expect(collectGarbage(store)).rejects.toMatchObject({ code: "invalid_state" });
    vi.advanceTimersByTime(2_000);
    expect(await collectGarbage(store)).toHaveLength(10);
    // Whoever comes back to it is told, and it does no harm to the one that is under way.
    await putAll();
    const current = store.collectGarbage()[Symbol.asyncIterator]();
    await current.next();
    const goOn = async () => {
      for (;;) if ((await left.next()).done === true) return;
    };
    await expect(goOn()).rejects.toMatchObject({ code: "invalid_state" });
    await expect(collectGarbage(store)).rejects.toMatchObject({ code: "invalid_state" });
    await current.return?.();
    expect(await collectGarbage(store)).toEqual([]);
  });

  it("tells of roots that are gone when it is left early, too", async () => {
    const store = await temporaryStore();
    const gone: string[] = [];
    store.events.on("content_removed", ({ cid }) => gone.push(cid.toString()));
    const cids = [11, 12, 13].map(async (seed) => {
      const { cid } = await store.add(inPieces(seededBytes(1000, seed), 1000), { pin: false });
      return cid.toString();
    });
    const added = await Promise.all(cids);
    for await (const cid of store.collectGarbage()) {
      expect(added).toContain(cid.toString());
      break;
    }
    expect(gone.toSorted()).toEqual(added.toSorted());
    await collectGarbage(store);
    expect(gone).toHaveLength(3);
  });

  it("is not kept from its work by a damaged leaf of any codec without links", async () => {
    const store = await temporaryStore();
    const json = rawBlock(Buffer.from('{"a":1}'));
    const cid = CID.createV1(0x02_00, json.cid.multihash);
    const root = directoryBlock([cid]);
    for (const block of [{ ...json, cid }, root]) await store.blocks.put(block.cid, block.bytes);
    await store.pin(root.cid);
    const { get } = store.blocks;
    const asked: string[] = [];
    vi.spyOn(store.blocks, "get").mockImplementation(async function watched(
      this: EmbeddedStore["blocks"],
      link,
      options,
    ) {
      asked.push(link.toString());
      return get.call(this, link, options);
    });
    expect(await collectGarbage(store)).toEqual([]);
    // Leaves are not read, so that it does not matter whether they can be.
    expect(asked).toEqual([root.cid.toString()]);
  });

  it("does not tell that what a CID carries in itself is gone", async () => {
    const store = await temporaryStore();
    const cid = CID.decode(Uint8Array.from([1, RAW, 0x00, 4, ...Buffer.from("tiny")]));
    const gone: string[] = [];
    store.events.on("content_removed", (root) => gone.push(root.cid.toString()));
    await store.pin(cid);
    await store.unpin(cid);
    await collectGarbage(store);
    expect(gone).toEqual([]);
    expect(Buffer.from(await collect(store.read(cid))).toString()).toBe("tiny");
  });
});

describe("a read", () => {
  it("keeps what it shares with another that could not be gone through to its end", async () => {
    const store = await temporaryStore();
    const leaf = rawBlock(seededBytes(1000, 14));
    const shared = directoryBlock([leaf.cid]);
    const missing = directoryBlock([rawBlock(seededBytes(1000, 15)).cid]);
    const [whole, partial] = [
      directoryBlock([shared.cid]),
      directoryBlock([shared.cid, missing.cid]),
    ];
    for (const { cid, bytes } of [leaf, shared, whole, partial]) await store.blocks.put(cid, bytes);
    const over = [partial, whole].map(({ cid }) => store.keepWhileRead?.(cid));
    const junk = rawBlock(seededBytes(1000, 16));
    await store.blocks.put(junk.cid, junk.bytes);
    expect(await collectGarbage(store)).toEqual([junk.cid.toString()]);
    for (const end of over) end?.();
    expect(await collectGarbage(store)).toHaveLength(4);
  });

  it("is not over for one reader because another ended twice", async () => {
    const store = await temporaryStore();
    const block = rawBlock(seededBytes(1000, 17));
    await store.blocks.put(block.cid, block.bytes);
    const [first, second] = [1, 2].map(() => store.keepWhileRead?.(block.cid));
    first?.();
    first?.();
    expect(await collectGarbage(store)).toEqual([]);
    second?.();
    expect(await collectGarbage(store)).toHaveLength(1);
  });
});

describe("events of pins", () => {
  it("call one pin by one CID, whichever version it was asked for by", async () => {
    const store = await temporaryStore();
    const leaf = rawBlock(seededBytes(1000, 18));
    const root = directoryBlock([leaf.cid]);
    for (const { cid, bytes } of [leaf, root]) await store.blocks.put(cid, bytes);
    const told: string[] = [];
    store.events.on("pin_added", ({ cid, kind }) => told.push(`+ ${kind} ${cid.toString()}`));
    store.events.on("pin_removed", ({ cid }) => told.push(`- ${cid.toString()}`));
    const old = root.cid.toV0();
    await store.pin(old, { kind: "direct" });
    await store.pin(root.cid);
    await store.unpin(root.cid);
    expect(told).toEqual([`+ direct ${old}`, `+ recursive ${old}`, `- ${old}`]);
  });
});
