import { CID, type ContentRepository, errorCodeOf, type PinKind } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import type { ContentStoreFixture } from "./describe-content-store.ts";
import { dagOf, type HandMadeDag } from "./hand-made-dags.ts";
import { repositoryOf } from "./repository-of.ts";
import { collect, inPieces, seededBytes, seededRandom } from "./seeded.ts";

const SEED = Number(process.env["CONTENT_SEED"] ?? "1");
/** Adds made by each of eight while garbage is collected; a long battery sets more. */
const ADDS = Number(process.env["CONTENT_GC_ADDS"] ?? "12");

/** What every repository keeps to when it collects garbage. */
export function describeGarbage(fixture: () => ContentStoreFixture): void {
  describe("garbage", () => {
    it("is what no pin needs, exactly", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const dag = dagOf(SEED);
      const random = seededRandom(SEED + 1);
      for (const { cid, bytes } of dag.blocks) await repository.blocks.put(cid, bytes);
      const pins = new Map<CID, PinKind>();
      for (const { cid } of dag.blocks) {
        const draw = random();
        if (draw < 0.08) pins.set(cid, draw < 0.04 ? "direct" : "recursive");
      }
      expect(pins.size).toBeGreaterThan(2);
      for (const [cid, kind] of pins) await repository.pin(cid, { kind });
      // Twice: first as it is, then with every second pin let go.
      for (let round = 0; round < 2; round += 1) {
        const needed = neededBy(pins, dag);
        const present = await here(repository, dag);
        const told = await collectAll(repository);
        expect(await here(repository, dag)).toEqual(present.filter((key) => needed.has(key)));
        const expected = present.filter((key) => !needed.has(key));
        expect(expected.length).toBeGreaterThan(0);
        expect(expected.filter((key) => !told.includes(key))).toEqual([]);
        expect(told.filter((key) => needed.has(key))).toEqual([]);
        for (const [index, cid] of [...pins.keys()].entries()) {
          if (index % 2 === 1) continue;
          await repository.unpin(cid);
          pins.delete(cid);
        }
      }
    });

    it("leaves what stays readable, and what goes unknown", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const bytes = [seededBytes(2_500_000, 40), seededBytes(2_500_000, 41)];
      const cids: CID[] = [];
      for (const each of bytes) cids.push((await repository.add(inPieces(each, 99_999))).cid);
      const [kept, gone] = cids;
      if (kept === undefined || gone === undefined) throw new Error("Nothing was added.");
      await repository.unpin(gone);
      await collectAll(repository);
      expect(Buffer.from(bytes[0] ?? "").equals(await collect(repository.read(kept)))).toBe(true);
      await expect(collect(repository.read(gone))).rejects.toMatchObject({ code: "not_found" });
      // And it can come back.
      await repository.add(inPieces(bytes[1] ?? Buffer.of(), 99_999));
      expect(Buffer.from(bytes[1] ?? "").equals(await collect(repository.read(gone)))).toBe(true);
    });

    it("may be left to be collected another time", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const { cid } = await repository.add(inPieces(seededBytes(900_000, 42), 9999));
      for (let seed = 43; seed < 46; seed += 1) {
        await repository.add(inPieces(seededBytes(900_000, seed), 9999), { pin: false });
      }
      for await (const removed of repository.collectGarbage()) {
        expect(removed).toBeInstanceOf(CID);
        break;
      }
      const signal = AbortSignal.abort();
      await expect(collectAll(repository, signal)).rejects.toMatchObject({ code: "aborted" });
      await collectAll(repository);
      expect(await collect(repository.read(cid))).toHaveLength(900_000);
      expect(await collectAll(repository)).toEqual([]);
    });

    it(
      "is collected beside eight who add, pin and unpin, none of whom loses anything",
      { timeout: 60_000 + ADDS * 5_000 },
      async (context) => {
        const repository = repositoryOf(fixture(), context, "collection_beside_adds");
        // Garbage that the adds will need again: found here already, it is not written anew.
        for (let seed = 100; seed < 110; seed += 1) {
          await repository.add(inPieces(contentOf(seed), 60_000), { pin: false });
        }
        const kept = new Map<string, { cid: CID; seed: number }>();
        const adding = new Set<number>();
        const work = Array.from({ length: 8 }, async (_, worker) => {
          const random = seededRandom(SEED * 100 + worker);
          adding.add(worker);
          for (let count = 0; count < ADDS; count += 1) {
            const seed = 100 + Math.floor(random() * 20);
            const pin = random() < 0.7;
            const { cid } = await repository.add(slowly(contentOf(seed)), { pin });
            const isPinned = pin || (await pinned(repository, cid));
            if (isPinned) kept.set(cid.toString(), { cid, seed });
          }
          adding.delete(worker);
        });
        let collections = 0;
        const collecting = (async () => {
          while (adding.size > 0) {
            await collectAll(repository);
            collections += 1;
            await new Promise(setImmediate);
          }
        })();
        await Promise.all([...work, collecting]);
        await collectAll(repository);
        expect(collections).toBeGreaterThan(0);
        expect(kept.size).toBeGreaterThan(5);
        for (const { cid, seed } of kept.values()) {
          const bytes = await collect(repository.read(cid));
          expect(Buffer.from(contentOf(seed)).equals(bytes), `content ${seed}`).toBe(true);
        }
      },
    );
  });
}

/** Pins what may be gone by now: then it is told that it is. */
async function pinned(repository: ContentRepository, cid: CID): Promise<boolean> {
  try {
    await repository.pin(cid);
    return true;
  } catch (error) {
    if (errorCodeOf(error) !== "not_found") throw error;
    return false;
  }
}

/** One block or several, with parts in common between contents. */
function contentOf(seed: number): Uint8Array {
  const shared = seededBytes(1024 * 1024, 7);
  const own = seededBytes(20_000 + (seed % 7) * 10_000, seed);
  return seed % 4 === 0 ? Buffer.concat([shared, own]) : own;
}

async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for await (const piece of inPieces(bytes, 40_000)) {
    yield piece;
    await new Promise(setImmediate);
  }
}

/** The digests of all that was removed. */
async function collectAll(repository: ContentRepository, signal?: AbortSignal): Promise<string[]> {
  const told: string[] = [];
  for await (const cid of repository.collectGarbage({ signal })) told.push(keyOf(cid));
  return told;
}

async function here(repository: ContentRepository, { blocks }: HandMadeDag): Promise<string[]> {
  const keys: string[] = [];
  for (const { cid } of blocks) if (await repository.blocks.has(cid)) keys.push(keyOf(cid));
  return keys;
}

function neededBy(pins: ReadonlyMap<CID, PinKind>, { links }: HandMadeDag): Set<string> {
  const needed = new Set<string>();
  const follow = (cid: CID) => {
    needed.add(keyOf(cid));
    for (const link of links.get(cid.toString()) ?? []) follow(link);
  };
  for (const [cid, kind] of pins) {
    if (kind === "recursive") follow(cid);
    else needed.add(keyOf(cid));
  }
  return needed;
}

function keyOf({ multihash }: CID): string {
  return Buffer.from(multihash.bytes).toString("hex");
}
