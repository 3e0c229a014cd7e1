import { cp, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { errorCodeOf } from "@ipfs-kit/core";
import { seededBytes, seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import type { PackStore } from "../src/pack-store/index.ts";
import { multihashOf, openPacks, pinRecord, unpinRecord } from "./temporary-packs.ts";
import { temporaryDirectory } from "./temporary-store.ts";

const BLOCK_BYTES = 10_000;

async function packsIn(directory: string): Promise<string[]> {
  return (await readdir(join(directory, "packs"))).toSorted();
}

function block(seed: number) {
  const bytes = seededBytes(BLOCK_BYTES, seed);
  return { bytes, multihash: multihashOf(bytes), name: `${seed}` };
}

/** Puts blocks of the seeds named, each pinned as a root. */
async function fill(packs: PackStore, seeds: readonly number[]) {
  const blocks = seeds.map(block);
  for (const { bytes, multihash, name } of blocks) {
    await (
      await packs.put(multihash, bytes)
    ).durable;
    await packs.note(pinRecord(multihash, name)).durable;
  }
  return blocks;
}

/** Unpins and removes blocks, as garbage collection does. */
async function letGo(packs: PackStore, gone: readonly { multihash: Uint8Array }[]): Promise<void> {
  for (const { multihash } of gone) await packs.note(unpinRecord(multihash)).durable;
  expect(await packs.remove(gone.map(({ multihash }) => multihash))).toBe(gone.length);
}

function pinNames(packs: PackStore): (string | undefined)[] {
  return packs.pins.page({ limit: 1000 }).pins.map(({ name }) => name);
}

const seeds = Array.from({ length: 100 }, (_, index) => index + 1);
const isKept = (seed: number) => seed % 7 === 0;

describe("compaction", () => {
  it("frees the room of removed blocks and keeps the others, their pins and their order", async () => {
    const directory = await temporaryDirectory();
    const packs = await openPacks(directory);
    const blocks = await fill(packs, seeds);
    const kept = blocks.filter(({ name }) => isKept(Number(name)));
    await letGo(
      packs,
      blocks.filter((each) => !kept.includes(each)),
    );
    const bytesBefore = packs.bytesOnDisk;
    const { packs: compacted, bytesFreed } = await packs.compact();
    expect(compacted).toBeGreaterThanOrEqual(4);
    expect(bytesFreed).toBe(bytesBefore - packs.bytesOnDisk);
    expect(packs.bytesOnDisk).toBeLessThan(bytesBefore / 3);
    expect(packs.count()).toBe(kept.length);
    // Nothing left to do: neither again, nor after a restart.
    expect(await packs.compact()).toEqual({ packs: 0, bytesFreed: 0 });
    const newestFirst = kept.map(({ name }) => name).toReversed();
    expect(pinNames(packs)).toEqual(newestFirst);
    await packs.stop();
    await packs.start();
    await expectAll(packs, kept);
    await packs.stop();
    await rm(join(directory, "index.db"));
    await packs.start();
    await expectAll(packs, kept);
    expect(pinNames(packs)).toEqual(newestFirst);
  });

  it("deletes a pack of which nothing is needed without copying anything", async () => {
    const directory = await temporaryDirectory();
    const packs = await openPacks(directory);
    const blocks = await fill(packs, seeds.slice(0, 50));
    await letGo(packs, blocks);
    await packs.compact();
    expect(packs.count()).toBe(0);
    expect(packs.bytesOnDisk).toBe(0);
    expect(await packsIn(directory)).toEqual([]);
    await packs.stop();
    await packs.start();
    await expectAll(packs, await fill(packs, [1]));
  });

  it("does not bring back a pin when its end was in the pack that went", async () => {
    const directory = await temporaryDirectory();
    const packs = await openPacks(directory);
    const [first, ...others] = await fill(packs, seeds.slice(0, 20));
    // The pack of the pin stays: most of it is needed. Its end stands in one that goes.
    const filler = await fill(packs, seeds.slice(50, 70));
    if (first !== undefined) await packs.note(unpinRecord(first.multihash)).durable;
    const more = await fill(packs, seeds.slice(70, 90));
    await letGo(packs, [...filler, ...more]);
    const { packs: compacted } = await packs.compact();
    expect(compacted).toBeGreaterThan(0);
    expect(await packsIn(directory)).toContain("1.pack");
    await packs.stop();
    await rm(join(directory, "index.db"));
    await packs.start();
    expect(pinNames(packs)).toEqual(others.map(({ name }) => name).toReversed());
  });

  it("goes on beside reads, adds, pins and removals", async () => {
    const directory = await temporaryDirectory();
    const packs = await openPacks(directory);
    const random = seededRandom(3);
    const blocks = await fill(packs, seeds);
    const kept = blocks.filter(({ name }) => isKept(Number(name)));
    const over = new AbortController();
    const reading = (async () => {
      let reads = 0;
      while (!over.signal.aborted) {
        const one = kept[Math.floor(random() * kept.length)];
        if (one === undefined) continue;
        const bytes = await packs.get(one.multihash);
        if (bytes === undefined || Buffer.compare(bytes, one.bytes) !== 0) return "wrong";
        reads += 1;
      }
      return reads > 0 ? "right" : "none";
    })();
    const late: ReturnType<typeof block>[] = [];
    for (let round = 0; round < 10; round += 1) {
      const going = blocks.splice(0, 10).filter((each) => !kept.includes(each));
      await letGo(packs, going);
      const [, added] = await Promise.all([
        packs.compact(),
        fill(packs, [1000 + round * 2, 1001 + round * 2]),
      ]);
      late.push(...added);
    }
    over.abort();
    expect(await reading).toBe("right");
    await packs.stop();
    await rm(join(directory, "index.db"));
    await packs.start();
    await expectAll(packs, [...kept, ...late]);
    expect(new Set(pinNames(packs))).toEqual(new Set([...kept, ...late].map(({ name }) => name)));
  });

  it("leaves a pack alone in which a needed block is damaged", async () => {
    const directory = await temporaryDirectory();
    const packs = await openPacks(directory, { packBytes: 1024 * 1024 });
    const blocks = await fill(packs, seeds.slice(0, 50));
    const [damaged, ...rest] = blocks;
    if (damaged === undefined) throw new Error("There are no blocks.");
    await letGo(packs, rest);
    const place = packs.placeOf(damaged.multihash);
    const file = await open(join(directory, "packs", "1.pack"), "r+");
    await file.write(Buffer.alloc(1, 0xee), 0, 1, (place?.offset ?? 0) + 5);
    await file.close();
    expect(await packs.compact()).toEqual({ packs: 0, bytesFreed: 0 });
    expect(packs.has(damaged.multihash)).toBe(true);
    // Once it is here again, nothing keeps the old pack.
    await (
      await packs.put(damaged.multihash, damaged.bytes)
    ).durable;
    expect(await packs.compact()).toMatchObject({ packs: 1 });
    await expectAll(packs, [damaged]);
  });

  it("deletes at the start what a crash left of a pack it had given up", async () => {
    const directory = await temporaryDirectory();
    const packs = await openPacks(directory);
    const blocks = await fill(packs, seeds.slice(0, 40));
    await letGo(packs, blocks.slice(0, 30));
    await packs.stop();
    const before = await temporaryDirectory();
    await cp(directory, before, { recursive: true });
    await packs.start();
    await packs.compact();
    const here = await packsIn(directory);
    await packs.stop();
    // The index is the new one; the deletion of the packs was not on the disk yet.
    await cp(join(before, "packs"), join(directory, "packs"), { recursive: true, force: false });
    const { DatabaseSync } = await import("node:sqlite");
    const index = new DatabaseSync(join(directory, "index.db"));
    index.exec("INSERT OR REPLACE INTO packs VALUES (1, -1)");
    index.close();
    await packs.start();
    expect((await packsIn(directory)).includes("1.pack")).toBe(false);
    expect(here).not.toContain("1.pack");
    expect(pinNames(packs)).toHaveLength(10);
    await expectAll(packs, blocks.slice(30));
  });

  it("ends when it is told to, with everything in place", async () => {
    const packs = await openPacks(await temporaryDirectory());
    const blocks = await fill(packs, seeds);
    const kept = blocks.filter(({ name }) => isKept(Number(name)));
    await letGo(
      packs,
      blocks.filter((each) => !kept.includes(each)),
    );
    const caller = new AbortController();
    const compacting = packs.compact({ signal: caller.signal });
    caller.abort();
    await expect(compacting).rejects.toMatchObject({ code: "aborted" });
    const again = packs.compact().then(() => "done", errorCodeOf);
    await packs.stop();
    expect(await again).toBe("invalid_state");
    await packs.start();
    await packs.compact();
    await expectAll(packs, kept);
  });
});

describe("removal", () => {
  it("tells how many blocks there were, and is undone by putting them again", async () => {
    const packs = await openPacks(await temporaryDirectory());
    const [one, two] = await fill(packs, [1, 2]);
    if (one === undefined || two === undefined) throw new Error("There are no blocks.");
    expect(packs.keys()).toEqual(
      [one, two].map(({ multihash }) => multihash).toSorted((a, b) => Buffer.compare(a, b)),
    );
    expect(await packs.remove([one.multihash, multihashOf(new Uint8Array(3))])).toBe(1);
    expect(packs.has(one.multihash)).toBe(false);
    expect(await packs.get(one.multihash)).toBeUndefined();
    expect(packs.keys()).toEqual([two.multihash]);
    const { isDeduplicated } = await packs.put(two.multihash, two.bytes);
    expect(isDeduplicated).toBe(true);
    const ticket = await packs.put(one.multihash, one.bytes);
    expect(ticket.isDeduplicated).toBe(false);
    await ticket.durable;
    expect(packs.count()).toBe(2);
  });

  it("never takes a block that is being put at the same time", async () => {
    const packs = await openPacks(await temporaryDirectory());
    const { bytes, multihash } = block(1);
    const acts = [
      async () => (await packs.put(multihash, bytes)).durable,
      async () => void (await packs.remove([multihash])),
    ];
    const random = seededRandom(5);
    for (let round = 0; round < 200; round += 1) {
      const order = Array.from({ length: 6 }, () => acts[random() < 0.5 ? 0 : 1]);
      const done = order.map(async (act) => act?.());
      // The last put was asked for after every removal before it.
      await Promise.all([...done, packs.put(multihash, bytes).then(async (t) => t.durable)]);
      const stored = await packs.get(multihash);
      expect(stored === undefined ? undefined : Buffer.compare(stored, bytes)).toBe(0);
    }
  });
});

async function expectAll(
  packs: PackStore,
  blocks: readonly { multihash: Uint8Array; bytes: Uint8Array }[],
): Promise<void> {
  for (const { multihash, bytes } of blocks) {
    const stored = await packs.get(multihash);
    expect(stored === undefined ? undefined : Buffer.compare(stored, bytes)).toBe(0);
  }
}
