import { gzipSync } from "node:zlib";

import { type Block, type ErrorCode, errorCodeOf, verifyBlock } from "@ipfs-kit/core";
import { inPieces, seededRandom } from "@ipfs-kit/testing";
import { readCar } from "@ipfs-kit/unixfs";
import { encode } from "@ipld/dag-cbor";
import { varint } from "multiformats";
import { describe, expect, it } from "vitest";

import { asVersion2, blocksOf, identityBlock, libraryCar, readAll } from "./cars.ts";
import { heldBytes } from "./held-bytes.ts";

/** Mutations tried; a long battery sets more. */
const MUTATIONS = Number(process.env["UNIXFS_CAR_MUTATIONS"] ?? "10000");
const SEED = Number(process.env["UNIXFS_CAR_SEED"] ?? "1");
const MIB = 1024 * 1024;

function withLength(length: number, ...parts: Uint8Array[]): Uint8Array {
  const prefix = varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));
  return Buffer.concat([prefix, ...parts]);
}

function headed(header: unknown, ...parts: Uint8Array[]): Uint8Array {
  const bytes = encode(header);
  return Buffer.concat([withLength(bytes.length, bytes), ...parts]);
}

const EMPTY = headed({ roots: [], version: 1 });

describe("no usable CAR", () => {
  it.each<[string, Uint8Array]>([
    ["nothing at all", Buffer.alloc(0)],
    ["a header of no bytes", Buffer.of(0)],
    ["zeros", Buffer.alloc(1000)],
    ["a body that is still compressed", gzipSync(EMPTY)],
    ["text", Buffer.from("<!doctype html><title>502 Bad Gateway</title>".repeat(20))],
    [
      "an overlong length",
      Buffer.concat([Buffer.of(0x80 | (EMPTY[0] ?? 0), 0), EMPTY.subarray(1)]),
    ],
    ["a header that is a list", headed([1])],
    ["a header that is null", headed(null)],
    ["version 3", headed({ roots: [], version: 3 })],
    ["no version", headed({ roots: [] })],
    ["no roots", headed({ version: 1 })],
    ["roots that are no list", headed({ roots: { length: 0 }, version: 1 })],
    ["a root that is no CID", headed({ roots: ["bafkqaaa"], version: 1 })],
    ["more in its header than there is", headed({ roots: [], version: 1, more: 1 })],
    ["nested lists without end", withLength(MIB, Buffer.alloc(MIB, 0x81))],
    ["a list said to be huge", withLength(9, Buffer.from("9bffffffffffffffff", "hex"))],
    ["a section of no bytes", Buffer.concat([EMPTY, Buffer.of(0)])],
    ["a section without a CID", Buffer.concat([EMPTY, withLength(4, Buffer.from("text"))])],
    [
      "a section that ends within its CID",
      Buffer.concat([EMPTY, withLength(20, Buffer.from("01551220", "hex"), Buffer.alloc(16))]),
    ],
    ["version 2 within version 2", asVersion2(asVersion2(EMPTY))],
    ["version 2 without data", asVersion2(EMPTY, { size: 0n })],
    ["version 2 with data before its header", asVersion2(EMPTY, { offset: 50n })],
    ["version 2 with data far away", asVersion2(EMPTY, { offset: 2n ** 63n })],
    ["version 2 with absurdly much data", asVersion2(EMPTY, { size: 2n ** 64n - 1n })],
    ["version 2 with more data than there is", asVersion2(EMPTY, { size: 10_000n })],
    [
      "version 2 that ends within its header",
      asVersion2(EMPTY, { size: BigInt(EMPTY.length - 1) }),
    ],
  ])("is %s", async (_, car) => {
    await expect(readAll(car)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it.each<[string, Uint8Array]>([
    ["a header", Buffer.from("ffffffffffffffff7f", "hex")],
    ["a header", withLength(MIB + 1)],
    ["a section", Buffer.concat([EMPTY, withLength(2 * MIB + 161)])],
    ["a section", Buffer.concat([EMPTY, Buffer.from("ffffffffffffffff7f", "hex")])],
  ])("has %s that is too long, and is refused before a byte of it", async (_, start) => {
    async function* source() {
      yield start;
      throw new Error("More was asked for.");
    }
    const reading = (async () => {
      const { blocks } = await readCar(source());
      for await (const block of blocks) throw new Error(`There is no ${block.cid.toString()}.`);
    })();
    await expect(reading).rejects.toMatchObject({ code: "too_large" });
  });

  it.each([0x80, 0xa0, 0x00, 0x60])(
    "has a million empty things in its header, and is refused before they are made: %d",
    async (thing) => {
      const count = MIB - 10;
      const list = Buffer.concat([Buffer.from("9a00000000", "hex"), Buffer.alloc(count, thing)]);
      list.writeUInt32BE(count, 1);
      const roots = Buffer.concat([Buffer.from("a265726f6f7473", "hex"), list]);
      const before = process.memoryUsage().heapUsed;
      for (const bomb of [list, roots.subarray(0, MIB)]) {
        const reading = readAll(withLength(bomb.length, bomb), MIB * 2);
        await expect(reading).rejects.toMatchObject({ code: "invalid_request" });
      }
      // Without collecting garbage: it must not have been made at all.
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * MIB);
    },
  );

  it("has a length without end", async () => {
    const endless = Buffer.alloc(100, 0xff);
    await expect(readAll(endless)).rejects.toMatchObject({ code: "invalid_request" });
    const section = Buffer.concat([EMPTY, endless]);
    await expect(readAll(section)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("has a block of more than 2 MiB", async () => {
    const car = await libraryCar([], await blocksOf([2 * MIB + 1]));
    await expect(readAll(car)).rejects.toMatchObject({ code: "too_large" });
  });
});

describe("a CAR with blocks that cannot be trusted", () => {
  it("is refused at the first that does not match", async () => {
    const blocks = await blocksOf([100, 100, 100]);
    const car = Buffer.from(await libraryCar([], blocks));
    car[car.length - 150] = (car[car.length - 150] ?? 0) ^ 1;
    const { blocks: read } = await readCar(inPieces(car, 4096));
    const good: string[] = [];
    const reading = (async () => {
      for await (const { cid } of read) good.push(cid.toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: "integrity" });
    expect(good).toEqual([blocks[0]?.cid.toString()]);
  });

  it("is refused for a hash that is not known here", async () => {
    const blake2b = Buffer.concat([Buffer.from("0155a0e40220", "hex"), Buffer.alloc(32)]);
    const car = Buffer.concat([EMPTY, withLength(blake2b.length + 3, blake2b, Buffer.from("abc"))]);
    await expect(readAll(car)).rejects.toMatchObject({ code: "invalid_cid" });
  });

  it.each([
    [128, "other bytes", "integrity"],
    [129, "its own bytes", "invalid_cid"],
    [MIB, "its own bytes", "invalid_cid"],
  ])("is refused for an identity CID of %d bytes with %s", async (size, what, code) => {
    const { cid } = identityBlock(Buffer.alloc(size, 1));
    const bytes = Buffer.alloc(size, what === "other bytes" ? 2 : 1);
    const car = await libraryCar([], [{ cid, bytes }]);
    await expect(readAll(car)).rejects.toMatchObject({ code });
  });

  it("is refused for a CID that is not written in its shortest form", async () => {
    const [block] = await blocksOf([10]);
    if (block === undefined) throw new Error("There is one.");
    // Version 1, written with one byte more than it needs.
    const cid = Buffer.concat([Buffer.of(0x81, 0x00), block.cid.bytes.subarray(1)]);
    const car = Buffer.concat([EMPTY, withLength(cid.length + 10, cid, block.bytes)]);
    await expect(readAll(car)).rejects.toMatchObject({ code: "invalid_request" });
  });
});

describe("a damaged CAR", () => {
  it("that is cut short says so, at every byte where no section ends", async () => {
    const blocks = await blocksOf([1, 300, 0, 129]);
    const whole = await libraryCar(
      blocks.map(({ cid }) => cid),
      blocks,
    );
    const outcomes = [];
    for (let length = 0; length < whole.length; length += 1) {
      const outcome = await readAll(whole.subarray(0, length)).then(
        (read) => read.blocks.length,
        (error: unknown) => errorCodeOf(error),
      );
      outcomes.push(outcome);
    }
    const wholeSections = outcomes.filter((outcome) => typeof outcome === "number");
    expect(wholeSections).toEqual([0, 1, 2, 3]);
    const refusals = outcomes.filter((outcome) => typeof outcome === "string");
    expect(new Set(refusals)).toEqual(new Set(["invalid_request"]));
    expect(refusals.length).toBe(whole.length - 4);
  });

  it(
    `never gives a wrong block, in ${MUTATIONS} mutations`,
    { timeout: 20_000 + MUTATIONS * 5 },
    async () => {
      const originals = await blocksOf([1, 300, 0, 129, 2000]);
      const known = new Set(originals.map(({ bytes }) => hexOf(bytes)));
      // Under another codec they are still the bytes the CID names.
      const isRight = async ({ cid, bytes }: Block) =>
        known.has(hexOf(bytes)) && (await verifyBlock(cid, bytes).then(() => true));
      const car = await libraryCar([], originals);
      const cars = [car, asVersion2(car, { padding: 10 })];
      const codes = new Map<string, number>();
      let random = seededRandom(SEED);
      for (let count = 0; count < MUTATIONS; count += 1) {
        // The numbers come round again after ten thousand.
        if (count % 500 === 0) random = seededRandom(SEED * 1000 + count / 500 + 1);
        const mutated = mutate(cars[count % 2] ?? car, random);
        const piece = 1 + Math.floor(random() * 500);
        const { read, code } = await readUntilError(mutated, piece);
        const right = await Promise.all(read.map(isRight));
        expect(right).not.toContain(false);
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
      const allowed = ["none", "invalid_request", "integrity", "too_large", "invalid_cid"];
      expect([...codes.keys()].toSorted()).toEqual(allowed.toSorted());
    },
  );

  it("takes no more memory than a section and a piece", { timeout: 30_000 }, async () => {
    const piece = Buffer.alloc(64 * 1024);
    const [block] = await blocksOf([2 * MIB]);
    if (block === undefined) throw new Error("There is one.");
    const section = withLength(
      block.cid.bytes.length + block.bytes.length,
      block.cid.bytes,
      block.bytes,
    );
    async function* many() {
      yield EMPTY;
      for (let count = 0; count < 200; count += 1) yield* inPieces(section, piece.length);
    }
    const { blocks } = await readCar(many());
    const before = heldBytes();
    let most = 0;
    let count = 0;
    for await (const { bytes } of blocks) {
      count += bytes.length > 0 ? 1 : 0;
      if (count % 10 === 0) most = Math.max(most, heldBytes());
    }
    expect(count).toBe(200);
    expect(most - before).toBeLessThan(8 * MIB);
  });
});

/** What was given before the error, and its code. */
async function readUntilError(
  car: Uint8Array,
  piece: number,
): Promise<{ read: Block[]; code: ErrorCode | "none" }> {
  const read: Block[] = [];
  try {
    const { blocks } = await readCar(inPieces(car, piece));
    for await (const block of blocks) read.push(block);
    return { read, code: "none" };
  } catch (error) {
    return { read, code: errorCodeOf(error) };
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Bytes changed, taken out, put in, or the end cut off. */
function mutate(car: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * car.length);
  const some = Math.floor(random() * 8);
  switch (Math.floor(random() * 5)) {
    case 0: {
      return car.subarray(0, at);
    }
    case 1: {
      return Buffer.concat([car.subarray(0, at), car.subarray(at + some)]);
    }
    case 2: {
      const more = Uint8Array.from({ length: some }, () => random() * 256);
      return Buffer.concat([car.subarray(0, at), more, car.subarray(at)]);
    }
    case 3: {
      // Lengths and CIDs stand at the front.
      const copy = Uint8Array.from(car);
      copy[at % 80] = random() < 0.3 ? 0xff : random() * 256;
      return copy;
    }
    default: {
      const copy = Uint8Array.from(car);
      for (let count = 0; count <= some; count += 1)
        copy[(at + count * 31) % car.length] = random() * 256;
      return copy;
    }
  }
}
