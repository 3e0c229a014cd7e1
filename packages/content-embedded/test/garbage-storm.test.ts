import { type CID, errorCodeOf, type PinKind } from "@ipfs-kit/core";
import { carOf, dagOf, type HandMadeDag, inPieces, seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { temporaryStore } from "./temporary-store.ts";

const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");
/** Steps of each of six workers; a long battery sets more. */
const STEPS = Number(process.env["CONTENT_EMBEDDED_STORM_STEPS"] ?? "150");
/** What a step may say when another was faster. */
const EXPECTED = new Set(["not_found", "invalid_state"]);

describe("a storm of puts, pins, unpins, deletes and collections", () => {
  it(
    "leaves every pin whole, and in the end nothing else",
    { timeout: 30_000 + STEPS * 200 },
    async () => {
      const store = await temporaryStore({ packBytes: 64 * 1024 });
      const dag = dagOf(SEED, { leaves: 80, folders: 80 });
      const random = seededRandom(SEED + 7);
      const any = () => dag.blocks[Math.floor(random() * dag.blocks.length)] ?? dag.blocks[0];

      const blocksOf = (cid: CID) => {
        const needed = neededBy([{ cid, kind: "recursive" }], dag);
        return dag.blocks.filter((block) => needed.has(keyOf(block.cid)));
      };
      /** Puts a block and all under it, in no order that would help. */
      const putAll = async (cid: CID) => {
        const puts = blocksOf(cid).map(async (block) => store.blocks.put(block.cid, block.bytes));
        await Promise.all(puts);
      };
      /** In pieces, between which others have turns. What came in whole is pinned, whatever they do. */
      const importAll = async (cid: CID) => {
        const { roots } = await store.importCar(slowly(carOf([cid], blocksOf(cid))));
        expect(roots.map(({ pinError }) => pinError)).toEqual([undefined]);
      };
      const step = async (): Promise<void> => {
        const block = any();
        if (block === undefined) return;
        const { cid, bytes } = block;
        const draw = random();
        if (draw < 0.15) return putAll(cid);
        if (draw < 0.3) return importAll(cid);
        if (draw < 0.4) return store.blocks.put(cid, bytes);
        if (draw < 0.6) return store.pin(cid);
        if (draw < 0.68) return store.pin(cid, { kind: "direct" });
        if (draw < 0.85) return store.unpin(cid);
        if (draw < 0.92) return store.blocks.delete(cid);
        for await (const removed of store.collectGarbage()) expect(removed.version).toBe(1);
      };
      const outcomes = new Map<string, number>();
      const work = async () => {
        for (let count = 0; count < STEPS; count += 1) {
          const outcome = await step().then(() => "ok", errorCodeOf);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 6 }, work));
      expect([...outcomes.keys()].filter((each) => each !== "ok" && !EXPECTED.has(each))).toEqual(
        [],
      );
      expect(outcomes.get("ok")).toBeGreaterThan(STEPS);

      const { pins } = await store.listPins({ limit: 1000 });
      expect(pins.length).toBeGreaterThan(0);
      const needed = neededBy(pins, dag);
      const missing: string[] = [];
      for (const { cid, bytes } of dag.blocks) {
        if (!needed.has(keyOf(cid))) continue;
        const read = await store.blocks.get(cid).catch(() => Buffer.of());
        if (!Buffer.from(bytes).equals(read)) missing.push(cid.toString());
      }
      expect(missing).toEqual([]);
      for await (const removed of store.collectGarbage())
        expect(needed.has(keyOf(removed))).toBe(false);
      expect((await store.stats()).blocks).toBe(needed.size);
    },
  );
});

async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for await (const piece of inPieces(bytes, 300)) {
    yield piece;
    await new Promise(setImmediate);
  }
}

function neededBy(
  roots: readonly { cid: CID; kind: PinKind }[],
  { links }: HandMadeDag,
): Set<string> {
  const needed = new Set<string>();
  const follow = (cid: CID) => {
    needed.add(keyOf(cid));
    for (const link of links.get(cid.toString()) ?? []) follow(link);
  };
  for (const { cid, kind } of roots) {
    if (kind === "recursive") follow(cid);
    else needed.add(keyOf(cid));
  }
  return needed;
}

function keyOf({ multihash }: CID): string {
  return Buffer.from(multihash.bytes).toString("hex");
}
