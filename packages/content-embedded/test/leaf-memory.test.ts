import { inPieces, rawBlock, seededBytes, seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { LeafMemory } from "../src/pack-store/leaf-memory.ts";
import { all, isSame } from "./streams.ts";
import { temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;
const ADDERS = 8;
/** Files each of them adds, one after the other. */
const FILES = Number(process.env["CONTENT_EMBEDDED_LEAF_FILES"] ?? "4");

describe("the memory of leaves", () => {
  it("is used again once it was given back, and only once", () => {
    const memory = new LeafMemory(10 * MIB);
    memory.begin();
    const leaf = memory.take(MIB);
    // Of the last leaf of a file only the beginning is put.
    memory.giveBack(leaf.subarray(0, 5));
    memory.giveBack(leaf);
    expect(memory.take(MIB).buffer).toBe(leaf.buffer);
    expect(memory.take(MIB).buffer).not.toBe(leaf.buffer);
  });

  it("is never what was not taken from it, nor of another size", () => {
    const memory = new LeafMemory(10 * MIB);
    memory.begin();
    const foreign = new Uint8Array(MIB);
    memory.giveBack(foreign);
    expect(memory.take(MIB).buffer).not.toBe(foreign.buffer);
    memory.giveBack(memory.take(MIB));
    expect(memory.take(5)).toHaveLength(5);
  });

  it("is kept up to its limit, and only while somebody adds", () => {
    const memory = new LeafMemory(2 * MIB);
    memory.begin();
    memory.begin();
    const leaves = [1, 2, 3].map(() => memory.take(MIB));
    for (const leaf of leaves) memory.giveBack(leaf);
    memory.end();
    const buffers = new Set(leaves.map(({ buffer }) => buffer));
    const again = [1, 2, 3].map(() => memory.take(MIB));
    expect(again.filter(({ buffer }) => buffers.has(buffer))).toHaveLength(2);
    for (const leaf of again) memory.giveBack(leaf);
    memory.end();
    memory.begin();
    const kept = new Set(again.map(({ buffer }) => buffer));
    expect(kept.has(memory.take(MIB).buffer)).toBe(false);
  });

  it("never mixes up the bytes of adds at the same time, some of which fail", async () => {
    const store = await temporaryStore({ packBytes: 16 * MIB });
    const taken = vi.spyOn(LeafMemory.prototype, "take");
    onTestFinished(() => taken.mockRestore());
    const added = await Promise.all(
      Array.from({ length: ADDERS }, async (_, adder) => addSome(adder)),
    );
    const buffers = new Set(taken.mock.results.map(({ value }) => value.buffer));
    expect(buffers.size).toBeLessThan(taken.mock.results.length);
    for (const { cid, bytes } of added.flat()) {
      expect(isSame(Buffer.concat(await all(store.read(cid))), bytes)).toBe(true);
    }
    expect(await all(store.blocks.scrub())).toEqual([]);

    async function addSome(adder: number) {
      const random = seededRandom(adder + 1);
      const files: { cid: Awaited<ReturnType<typeof store.add>>["cid"]; bytes: Uint8Array }[] = [];
      for (let count = 0; count < FILES; count += 1) {
        // Every fourth is the same for all: then a leaf may be here already, or on its way.
        const seed = count % 4 === 3 ? count : adder * 1000 + count;
        const bytes = seededBytes(Math.ceil((count % 4 === 3 ? 0.5 : random()) * 6 * MIB), seed);
        const piece = Math.ceil(random() * 2 * MIB);
        const [add] = await Promise.all([
          store.add(inPieces(bytes, piece)),
          expect(store.add(failing(seededBytes(3 * MIB, seed + 500), piece))).rejects.toThrow(
            "the source fails",
          ),
        ]);
        files.push({ cid: add.cid, bytes });
      }
      return files;
    }
  });

  it("is not what a reader gets of a block on its way to the disk", async () => {
    const store = await temporaryStore();
    const bytes = seededBytes(24 * MIB, 7);
    const got: Uint8Array[] = [];
    async function* source() {
      for (let at = 0; at < bytes.length; at += MIB) {
        yield bytes.subarray(at, at + MIB);
        // Queued a moment ago.
        got.push(await store.blocks.get(rawBlock(bytes.subarray(at, at + MIB)).cid));
      }
    }
    await store.add(source());
    expect(isSame(Buffer.concat(got), bytes)).toBe(true);
  });
});

async function* failing(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  yield* inPieces(bytes, piece);
  throw new Error("the source fails");
}
