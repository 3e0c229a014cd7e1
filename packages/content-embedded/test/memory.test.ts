import { randomFillSync } from "node:crypto";

import { inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;
/** Size of the large file; a long battery sets 2048. */
const SIZE_MIB = Number(process.env["CONTENT_EMBEDDED_LARGE_MIB"] ?? "256");
/** The queue, the read-ahead, and what the collector has not come round to. */
const ALLOWED_BYTES = 160 * MIB;

describe("memory", () => {
  it("does not depend on the size of a file", { timeout: SIZE_MIB * 500 }, async () => {
    const store = await temporaryStore();
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = () => {
      most = Math.max(most, process.memoryUsage.rss());
    };
    async function* source() {
      for (let piece = 0; piece < SIZE_MIB * 4; piece += 1) {
        yield randomFillSync(new Uint8Array(MIB / 4));
      }
    }
    const { cid } = await store.add(source(), { onProgress: watch });
    let read = 0;
    for await (const piece of store.read(cid)) {
      read += piece.length;
      watch();
    }
    expect(read).toBe(SIZE_MIB * MIB);
    expect(most - before).toBeLessThan(ALLOWED_BYTES);
  });

  it("holds a few blocks for a reader who stops pulling, and lets others work", async () => {
    const store = await temporaryStore({ readAheadBlocks: 4 });
    const { cid } = await store.add(inPieces(seededBytes(64 * MIB, 1), MIB));
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 4 }, () => store.read(cid)[Symbol.asyncIterator]());
    for (const reader of readers) expect((await reader.next()).done).toBe(false);
    let turns = 0;
    for (; turns < 50; turns += 1) await new Promise(setImmediate);
    const held = process.memoryUsage().arrayBuffers - before;
    expect(held).toBeLessThan(readers.length * 8 * MIB);
    for (const reader of readers) await reader.return?.();
  });
});
