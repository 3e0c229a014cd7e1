import { collect, inPieces } from "@ipfs-kit/testing";
import { readCar, writeCar } from "@ipfs-kit/unixfs";
import { CarReader } from "@ipld/car";
import { describe, expect, it } from "vitest";

import { asVersion2, blocksOf, each, identityBlock, libraryCar, readAll, texts } from "./cars.ts";

const SIZES = [1, 300, 0, 70_000, 65_536, 1_048_576, 2 * 1024 * 1024, 127, 128, 5];

describe("a CAR", () => {
  it.each([0, 1, 3])("with %d roots is written as the library writes it", async (count) => {
    const blocks = await blocksOf(SIZES);
    const roots = blocks.slice(0, count).map(({ cid }) => cid);
    const ours = Buffer.from(await collect(writeCar(roots, each(blocks))));
    expect(ours.equals(await libraryCar(roots, blocks))).toBe(true);
  });

  it("that we write is read by the library", async () => {
    const blocks = await blocksOf(SIZES);
    const roots = blocks.slice(2, 4).map(({ cid }) => cid);
    const reader = await CarReader.fromBytes(await collect(writeCar(roots, each(blocks))));
    const read = [];
    for await (const { cid, bytes } of reader.blocks()) read.push({ cid, bytes });
    expect((await reader.getRoots()).map(String)).toEqual(roots.map(String));
    expect(texts(read)).toEqual(texts(blocks));
  });

  it.each([1, 7, 4096, 10_000_000])("comes in pieces of any size: %d", async (piece) => {
    const blocks = await blocksOf(piece === 1 ? [1, 300, 0, 5] : SIZES);
    const roots = [blocks[0], blocks[3]].flatMap((block) => block?.cid ?? []);
    const read = await readAll(await libraryCar(roots, blocks), piece);
    expect(read.roots.map(String)).toEqual(roots.map(String));
    expect(texts(read.blocks)).toEqual(texts(blocks));
  });

  it.each([0, 1000, 1024 * 1024])(
    "of version 2 is read, %d bytes of padding in it",
    async (padding) => {
      const blocks = await blocksOf(SIZES);
      const car = await libraryCar([], blocks);
      const read = await readAll(asVersion2(car, { padding }));
      expect(texts(read.blocks)).toEqual(texts(blocks));
    },
  );

  it("may name a root or hold a block twice", async () => {
    const [first, second] = await blocksOf([10, 20]);
    if (first === undefined || second === undefined) throw new Error("There are two.");
    const roots = [first.cid, first.cid, second.cid];
    const read = await readAll(await libraryCar(roots, [first, second, first]));
    expect(read.roots.map(String)).toEqual(roots.map(String));
    expect(texts(read.blocks)).toEqual(texts([first, second, first]));
  });

  it("gives no block for an identity CID", async () => {
    const blocks = await blocksOf([10, 20]);
    const inline = identityBlock(Buffer.from("inline"));
    const read = await readAll(await libraryCar([inline.cid], [inline, ...blocks, inline]));
    expect(texts(read.blocks)).toEqual(texts(blocks));
    expect(read.roots.map(String)).toEqual([inline.cid.toString()]);
  });

  it("gives bytes that stay when the source uses its buffer again", async () => {
    const blocks = await blocksOf([100, 5000, 40]);
    const car = await libraryCar([], blocks);
    const buffer = new Uint8Array(64);
    async function* reusing() {
      for await (const piece of inPieces(car, buffer.length)) {
        buffer.set(piece);
        yield buffer.subarray(0, piece.length);
      }
    }
    const reader = await readCar(reusing());
    const read = [];
    for await (const block of reader.blocks) read.push(block);
    expect(texts(read)).toEqual(texts(blocks));
  });
});

/** A source that notes how much was asked of it and whether it was told to end. */
function watched(car: Uint8Array, piece: number) {
  const seen = { pieces: 0, ended: false };
  async function* source() {
    try {
      for await (const bytes of inPieces(car, piece)) {
        seen.pieces += 1;
        yield bytes;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, source };
}

describe("reading a CAR", () => {
  it("takes from the source only what the consumer asks for", async () => {
    const car = await libraryCar([], await blocksOf(Array.from({ length: 50 }, () => 1000)));
    const { seen, source } = watched(car, 1000);
    const { blocks } = await readCar(source());
    const iterator = blocks[Symbol.asyncIterator]();
    for (let count = 0; count < 5; count += 1) await iterator.next();
    expect(seen).toEqual({ pieces: 6, ended: false });
    await iterator.return?.();
    expect(seen).toEqual({ pieces: 6, ended: true });
  });

  it("ends the source when the header is wrong", async () => {
    const { seen, source } = watched(Buffer.from("no CAR at all"), 4);
    await expect(readCar(source())).rejects.toMatchObject({ code: "invalid_request" });
    expect(seen.ended).toBe(true);
  });

  it("ends when the signal fires, also while the source keeps it waiting", async () => {
    const car = await libraryCar([], await blocksOf([10, 20]));
    async function* stuck() {
      yield car.subarray(0, car.length - 1);
      await new Promise(() => {});
    }
    const controller = new AbortController();
    const { blocks } = await readCar(stuck(), { signal: controller.signal });
    const iterator = blocks[Symbol.asyncIterator]();
    await iterator.next();
    const second = iterator.next();
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("writing a CAR", () => {
  it("gives small sections together, large blocks as they are, and never much at once", async () => {
    const small = await blocksOf(Array.from({ length: 300 }, () => 1000));
    const large = await blocksOf([2 * 1024 * 1024]);
    const pieces: Uint8Array[] = [];
    for await (const piece of writeCar([], each([...small, ...large, ...small])))
      pieces.push(piece);
    expect(pieces.length).toBeLessThan(20);
    expect(pieces).toContain(large[0]?.bytes);
    const others = pieces.filter((piece) => piece !== large[0]?.bytes);
    expect(Math.max(...others.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
  });

  it("asks for blocks as its consumer asks for bytes", async () => {
    const all = await blocksOf(Array.from({ length: 20 }, () => 100_000));
    let asked = 0;
    async function* counted() {
      for (const block of all) {
        asked += 1;
        yield block;
      }
    }
    const pieces = writeCar([], counted());
    for (let count = 0; count < 5; count += 1) await pieces.next();
    expect(asked).toBe(2);
    await pieces.return();
  });
});
