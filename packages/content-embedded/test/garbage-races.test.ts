import { open, type FileHandle } from "node:fs/promises";

import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { CID, errorCodeOf, noopLogger, RAW } from "@ipfs-kit/core";
import { collect, directoryBlock, inPieces, rawBlock, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { PackSink } from "../src/block-sink.ts";
import { PackBlocks } from "../src/blocks.ts";
import { GarbageCollector } from "../src/garbage-collector.ts";
import { ReadsUnderWay } from "../src/reads-under-way.ts";
import { RootsLetGo } from "../src/roots-let-go.ts";
import { Turnstile } from "../src/turnstile.ts";
import { UnderWay } from "../src/under-way.ts";
import { multihashOf, openPacks, pinRecord } from "./temporary-packs.ts";
import { temporaryDirectory, temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;
/** For those with ten thousand blocks. */
const LONG = { timeout: 60_000 };

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
    const packs = await openPacks(await temporaryDirectory());
    const underWay = new UnderWay();
    const blocks = new PackBlocks({ packs, underWay, remove: async () => false });
    const lost: number[] = [];
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const { cid, bytes } = rawBlock(seededBytes(1000, 1000 + ticks));
      const synced = Promise.withResolvers<void>();
      vi.spyOn(calls, "datasync").mockImplementationOnce(async function watched(this: FileHandle) {
        await this.sync();
        synced.resolve();
      });
      const putting = blocks.put(cid, bytes);
      await synced.promise;
      // In the index, and still on its way for those who wait for it.
      const isIndexed = () => packs.placeOf(cid.multihash.bytes) !== undefined;
      for (let tick = 0; tick < 60 && !isIndexed(); tick += 1) await Promise.resolve();
      expect(isIndexed()).toBe(true);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      const operation = underWay.begin();
      const sink = new PackSink(packs, operation, undefined);
      await sink.put(cid, bytes);
      await Promise.all([putting, sink.settled()]);
      underWay.collectionBegan();
      if (!underWay.isNeeded(cid.multihash.bytes)) lost.push(ticks);
      underWay.collectionEnded();
      operation.end();
    }
    expect(lost).toEqual([]);
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
      const get = store.blocks.get.bind(store.blocks);
      vi.spyOn(store.blocks, "get").mockImplementation(async (cid, options) => {
        const bytes = await get(cid, options);
        if (cid.equals(kind === "direct" ? root.cid : inner.cid)) {
          looked.resolve();
          await held.promise;
        }
        return bytes;
      });
      const [syncing, failing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      vi.spyOn(calls, "datasync").mockImplementationOnce(async () => {
        syncing.resolve();
        return failing.promise;
      });
      const putting = store.blocks.put(late.cid, late.bytes).then(() => "put", errorCodeOf);
      while (!(await store.blocks.has(late.cid))) await new Promise(setImmediate);
      const pinning = store.pin(root.cid, { kind }).then(() => "pinned", errorCodeOf);
      await Promise.all([looked.promise, syncing.promise]);
      failing.reject(new Error("EIO: i/o error"));
      expect(await putting).toBe("internal");
      held.resolve();
      expect(await pinning).toBe("not_found");
      expect((await store.listPins()).pins).toEqual([]);
      await store.blocks.put(late.cid, late.bytes);
      await store.pin(root.cid, { kind });
    },
  );

  it("may be made as often as anybody likes while one collection marks", LONG, async () => {
    const store = await temporaryStore();
    const leaf = rawBlock(seededBytes(100, 9));
    const root = directoryBlock([leaf.cid]);
    for (const { cid, bytes } of [leaf, root]) await store.blocks.put(cid, bytes);
    await store.pin(root.cid);
    const blocks = Array.from({ length: 10_100 }, (_, index) =>
      rawBlock(Buffer.from(`p ${index}`)),
    );
    await Promise.all(blocks.map(async ({ cid, bytes }) => store.blocks.put(cid, bytes)));
    const junk = rawBlock(seededBytes(100, 10));
    await store.blocks.put(junk.cid, junk.bytes);
    const [marking, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const get = store.blocks.get.bind(store.blocks);
    vi.spyOn(store.blocks, "get").mockImplementationOnce(async (cid, options) => {
      marking.resolve();
      await goOn.promise;
      return get(cid, options);
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
  it("lets others have turns between pages of pins, and of blocks, that all stay", async () => {
    const packs = await openPacks(await temporaryDirectory());
    for (let index = 0; index < 5_000; index += 1) {
      const { cid, bytes } = rawBlock(Buffer.from(`kept ${index}`));
      await packs.put(cid.multihash.bytes, bytes);
      packs.note(pinRecord(cid.multihash.bytes, "kept"));
    }
    await packs.note(pinRecord(multihashOf(Buffer.from("kept 0")), "kept")).durable;
    const underWay = new UnderWay();
    const garbage = new GarbageCollector({
      packs,
      blocks: new PackBlocks({ packs, underWay, remove: async () => false }),
      underWay,
      reads: new ReadsUnderWay(),
      pinning: new Turnstile(),
      letGo: new RootsLetGo(packs),
      onRootGone: () => {},
      logger: noopLogger,
    });
    let turn = 0;
    let isCounting = true;
    const count = () => {
      turn += 1;
      if (isCounting) setImmediate(count);
    };
    count();
    const { pins } = packs;
    const [page, keys] = [pins.page.bind(pins), packs.keys.bind(packs)];
    const turns: number[] = [];
    vi.spyOn(pins, "page").mockImplementation((init) => {
      turns.push(turn);
      return page(init);
    });
    vi.spyOn(packs, "keys").mockImplementation((...init) => {
      turns.push(turn);
      return keys(...init);
    });
    for await (const cid of garbage.collect({})) expect(cid).toBeUndefined();
    isCounting = false;
    // Five pages of pins; five of blocks, and an empty one.
    expect(turns).toHaveLength(11);
    expect(new Set(turns).size).toBe(11);
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

  it("does not tell that a root is gone which came back meanwhile", async () => {
    const packs = await openPacks(await temporaryDirectory());
    const letGo = new RootsLetGo(packs);
    const roots = Array.from({ length: 600 }, (_, index) => rawBlock(Buffer.from(`r ${index}`)));
    for (const { cid } of roots) letGo.addedWithoutPin(cid);
    const told: CID[] = [];
    const telling = letGo.tellGone((cid) => told.push(cid));
    // It has gone through some, and lets others have a turn.
    expect(told).toHaveLength(500);
    for (const { cid, bytes } of roots) await packs.put(cid.multihash.bytes, bytes);
    await telling;
    expect(told).toHaveLength(500);
  });

  it("is not kept from its work by a damaged leaf of any codec without links", async () => {
    const store = await temporaryStore();
    const json = rawBlock(Buffer.from('{"a":1}'));
    const cid = CID.createV1(0x02_00, json.cid.multihash);
    const root = directoryBlock([cid]);
    for (const block of [{ ...json, cid }, root]) await store.blocks.put(block.cid, block.bytes);
    await store.pin(root.cid);
    const get = store.blocks.get.bind(store.blocks);
    const asked: string[] = [];
    vi.spyOn(store.blocks, "get").mockImplementation(async (link, options) => {
      asked.push(link.toString());
      return get(link, options);
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
    const text = old.toString();
    expect(told).toEqual([`+ direct ${text}`, `+ recursive ${text}`, `- ${text}`]);
  });
});
