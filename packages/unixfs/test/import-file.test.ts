import type { CID } from "@ipfs-kit/core";
import { inPieces, seededBytes } from "@ipfs-kit/testing";
import { discardingSink, importFile } from "@ipfs-kit/unixfs";
import { describe, expect, it } from "vitest";

import { each } from "./cars.ts";

const MIB = 1024 * 1024;

describe("a file", () => {
  it("has the CID that everybody knows when it is empty", async () => {
    const v1 = await importFile(discardingSink, inPieces(new Uint8Array(), 1));
    expect(v1.cid.toString()).toBe("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
    const v0 = await importFile(discardingSink, inPieces(new Uint8Array(), 1), { cidVersion: 0 });
    expect(v0.cid.toString()).toBe("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
  });

  it.each([1, 1000, 65_537, 10 * MIB])("is the same in pieces of %d bytes", async (piece) => {
    const bytes = seededBytes(piece === 1 ? 70_000 : 3 * MIB + 5, 1);
    const chunkBytes = piece === 1 ? 10_000 : undefined;
    const whole = await importFile(discardingSink, inPieces(bytes, bytes.length), { chunkBytes });
    const inParts = await importFile(discardingSink, inPieces(bytes, piece), { chunkBytes });
    expect(inParts).toEqual(whole);
    expect(inParts.size).toBe(bytes.length);
    expect(Buffer.from(inParts.head)).toEqual(Buffer.from(bytes.subarray(0, 512)));
  });

  it("is not spoiled by pieces without bytes, nor by a source that uses its buffer again", async () => {
    const bytes = seededBytes(5000, 2);
    const put: Uint8Array[] = [];
    const sink = { put: async (_: CID, block: Uint8Array) => void put.push(block) };
    async function* source() {
      const buffer = new Uint8Array(700);
      for await (const piece of inPieces(bytes, buffer.length)) {
        yield new Uint8Array();
        buffer.set(piece);
        yield buffer.subarray(0, piece.length);
      }
    }
    await importFile(sink, source(), { chunkBytes: 1111 });
    const leaves = Buffer.concat(put.slice(0, -1));
    expect(leaves.equals(bytes)).toBe(true);
  });

  it.each([
    ["raw", true],
    ["dag-pb", false],
  ])("is handed over while it comes in, with %s leaves", async (_name, rawLeaves) => {
    let taken = 0;
    let behind = 0;
    async function* source() {
      const piece = new Uint8Array(MIB);
      for (let count = 0; count < 20; count += 1) {
        yield piece;
        behind = Math.max(behind, (count + 1) * MIB - taken);
      }
    }
    const sink = { put: async (_: CID, block: Uint8Array) => void (taken += block.length) };
    await importFile(sink, source(), { rawLeaves });
    expect(behind).toBeLessThanOrEqual(MIB);
  });

  it("must be bytes", async () => {
    const notBytes: Uint8Array[] = JSON.parse("[1]");
    const adding = importFile(discardingSink, each(notBytes));
    await expect(adding).rejects.toMatchObject({ code: "invalid_request" });
  });
});
