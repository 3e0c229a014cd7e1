import { createHash } from "node:crypto";

import { CID } from "@ipfs-kit/core";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { temporaryStore } from "./temporary-store.ts";

const MIB = 1024 * 1024;

describe("CIDs of added files", () => {
  it.each([
    ["", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"],
    ["hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"],
  ])("are those every IPFS node gives %j", async (text, expected) => {
    const store = await temporaryStore();
    const { cid } = await store.add(inPieces(Buffer.from(text), 5));
    expect(cid.toString()).toBe(expected);
  });

  it("follow the profile unixfs-v1-2025 for a file of several chunks", async () => {
    const store = await temporaryStore();
    const bytes = seededBytes(3 * MIB + 100, 1);
    const { cid } = await store.add(inPieces(bytes, 77_777));
    const leaves = [0, 1, 2, 3].map((n) => rawLeaf(bytes.subarray(n * MIB, (n + 1) * MIB)));
    expect(cid.toString()).toBe(fileNode(leaves).cid.toString());
  });

  it(
    "follow it for a file of more chunks than one node may link to",
    { timeout: 60_000 },
    async () => {
      const store = await temporaryStore();
      const zeros = new Uint8Array(MIB);
      async function* source() {
        for (let chunk = 0; chunk < 1025; chunk += 1) yield zeros;
      }
      const { cid, size } = await store.add(source());
      const leaf = rawLeaf(zeros);
      const full = fileNode(Array.from({ length: 1024 }, () => leaf));
      expect(size).toBe(1025 * MIB);
      expect(cid.toString()).toBe(fileNode([full, fileNode([leaf])]).cid.toString());
      // The second level is found without reading the first 1024 leaves.
      expect(await collect(store.read(cid, { offset: 1025 * MIB - 3 }))).toHaveLength(3);
    },
  );
});

interface Built {
  cid: CID;
  /** Bytes of the file. */
  size: number;
  /** Bytes of all blocks below, and its own. */
  total: number;
}

/** UnixFS and dag-pb written out by hand, so that the library used by the store is not its own judge. */
function fileNode(parts: readonly Built[]): Built {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const unixfs = [
    0x08,
    0x02,
    0x18,
    ...varint(size),
    ...parts.flatMap((part) => [0x20, ...varint(part.size)]),
  ];
  const links = parts.flatMap(({ cid, total }) =>
    field(0x12, [...field(0x0a, [...cid.bytes]), ...field(0x12, []), 0x18, ...varint(total)]),
  );
  const block = Uint8Array.from([...links, ...field(0x0a, unixfs)]);
  const total = parts.reduce((sum, part) => sum + part.total, block.length);
  return { cid: cidOf(0x70, block), size, total };
}

function rawLeaf(bytes: Uint8Array): Built {
  return { cid: cidOf(0x55, bytes), size: bytes.length, total: bytes.length };
}

function cidOf(codec: number, block: Uint8Array): CID {
  const digest = createHash("sha256").update(block).digest();
  return CID.decode(Uint8Array.from([0x01, codec, 0x12, 0x20, ...digest]));
}

function field(tag: number, bytes: readonly number[]): number[] {
  return [tag, ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];
}
