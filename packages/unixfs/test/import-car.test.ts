import { setTimeout } from "node:timers/promises";

import { type CID, IpfsKitError, verifyBlock } from "@ipfs-kit/core";
import { inPieces } from "@ipfs-kit/testing";
import { importCar } from "@ipfs-kit/unixfs";
import { describe, expect, it } from "vitest";

import { blocksOf, identityBlock, libraryCar } from "./cars.ts";

const MIB = 1024 * 1024;

/** Takes blocks slowly, and notes how many and how much at a time. */
function slowBlocks({ failAt = Infinity } = {}) {
  const seen = { begun: 0, done: 0, most: 0, mostBytes: 0 };
  let underWay = 0;
  let bytesUnderWay = 0;
  return {
    seen,
    async put(cid: CID, bytes: Uint8Array): Promise<void> {
      seen.begun += 1;
      const number = seen.begun;
      underWay += 1;
      bytesUnderWay += bytes.length;
      seen.most = Math.max(seen.most, underWay);
      seen.mostBytes = Math.max(seen.mostBytes, bytesUnderWay);
      await verifyBlock(cid, bytes);
      await setTimeout(1);
      underWay -= 1;
      bytesUnderWay -= bytes.length;
      seen.done += 1;
      if (number === failAt) throw new IpfsKitError("storage_full", "No room.");
    },
  };
}

describe("taking in a CAR", () => {
  it("puts every block and tells what there was", async () => {
    const blocks = await blocksOf([10, 20, 30]);
    const roots = blocks.slice(0, 2).map(({ cid }) => cid);
    const inline = identityBlock(Buffer.from("inline"));
    const store = slowBlocks();
    const car = await libraryCar(roots, [...blocks, inline, ...blocks.slice(0, 1)]);
    const taken = await importCar(store, inPieces(car, 100));
    expect(taken.roots.map(String)).toEqual(roots.map(String));
    expect(taken).toMatchObject({ blocks: 4, bytes: 70 });
    expect(store.seen.done).toBe(4);
  });

  it("has many small blocks under way, but not too many", async () => {
    const car = await libraryCar([], await blocksOf(Array.from({ length: 2000 }, () => 50)));
    const store = slowBlocks();
    await importCar(store, inPieces(car, 64 * 1024));
    expect(store.seen.done).toBe(2000);
    expect(store.seen.most).toBeGreaterThan(50);
    expect(store.seen.most).toBeLessThanOrEqual(256);
  });

  it("has few large blocks under way", async () => {
    const car = await libraryCar([], await blocksOf(Array.from({ length: 40 }, () => MIB)));
    const store = slowBlocks();
    await importCar(store, inPieces(car, 10 * MIB));
    expect(store.seen.done).toBe(40);
    expect(store.seen.mostBytes).toBeLessThanOrEqual(17 * MIB);
  });

  it("stops at the first block that cannot be put, and leaves none under way", async () => {
    const car = await libraryCar([], await blocksOf(Array.from({ length: 2000 }, () => 50)));
    const store = slowBlocks({ failAt: 10 });
    const taking = importCar(store, inPieces(car, 1000));
    await expect(taking).rejects.toMatchObject({ code: "storage_full" });
    expect(store.seen.begun).toBeLessThan(1000);
    expect(store.seen.done).toBe(store.seen.begun);
  });

  it("fails when the last block cannot be put", async () => {
    const car = await libraryCar([], await blocksOf([1, 2, 3]));
    const taking = importCar(slowBlocks({ failAt: 3 }), inPieces(car, 1000));
    await expect(taking).rejects.toMatchObject({ code: "storage_full" });
  });

  it("fails when the archive does, with none under way", async () => {
    const car = await libraryCar([], await blocksOf([100, 100, 100]));
    const store = slowBlocks();
    const taking = importCar(store, inPieces(car.subarray(0, -1), 1000));
    await expect(taking).rejects.toMatchObject({ code: "invalid_request" });
    expect(store.seen).toMatchObject({ begun: 2, done: 2 });
  });

  it("ends with the signal, even when a put never does", async () => {
    const car = await libraryCar([], await blocksOf([10, 20]));
    const controller = new AbortController();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const stuck = {
      async put(): Promise<void> {
        resolve();
        return new Promise(() => {});
      },
    };
    const taking = importCar(stuck, inPieces(car, 1000), { signal: controller.signal });
    await asked;
    controller.abort();
    await expect(taking).rejects.toMatchObject({ code: "aborted" });
  });
});
