import { type CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { UnixFS } from "ipfs-unixfs";
import { describe, expect, it } from "vitest";

import { encodeFileNode, FileLayout } from "../src/file-layout.ts";
import { importParameters } from "../src/import-settings.ts";
import { decodeNode } from "../src/node.ts";
import { encodeUnixfs } from "../src/unixfs-message.ts";

const GIB = 2 ** 30;

describe("the UnixFS message", () => {
  it.each([[[1]], [[127, 128]], [[1_048_576, 1_048_576, 5]], [[GIB, GIB - 6]], [[5 * GIB]]])(
    "of a node with parts of %j bytes is what the library writes, where the library is right",
    (sizes) => {
      const blockSizes = sizes.map(BigInt);
      const expected = new UnixFS({ type: "file", blockSizes }).marshal();
      expect(Buffer.from(encodeFileNode(blockSizes))).toEqual(Buffer.from(expected));
    },
  );

  it.each([0, 1, 127, 128, 262_144])("of a leaf of %d bytes is what the library writes", (size) => {
    const data = new Uint8Array(size).fill(7);
    const expected = new UnixFS({ type: "file", data }).marshal();
    const actual = encodeUnixfs({ type: "file", data, fileSize: BigInt(size) });
    expect(Buffer.from(actual).equals(expected)).toBe(true);
  });

  it.each([2 * GIB - 1, 2 * GIB, 3 * GIB, 4 * GIB - 1, 4 * GIB, 6 * GIB])(
    "of a node with a part of %d bytes can be read back",
    (size) => {
      const { blockSizes } = UnixFS.unmarshal(encodeFileNode([BigInt(size), 7n]));
      expect(blockSizes).toEqual([BigInt(size), 7n]);
    },
  );
});

/** Blocks in the order in which they were put. */
async function layOut(leaves: number) {
  const put: { cid: CID; bytes: Uint8Array }[] = [];
  const sink = { put: async (cid: CID, bytes: Uint8Array) => void put.push({ cid, bytes }) };
  const parameters = { ...importParameters({ chunkBytes: 32 }), linksPerNode: 3 };
  const layout = new FileLayout(sink, parameters);
  for (let leaf = 0; leaf < leaves; leaf += 1) await layout.add(new Uint8Array(32).fill(leaf));
  return { root: await layout.finish(), put };
}

describe("the layout of a file", () => {
  it.each([
    [1, []],
    [2, [2]],
    [3, [3]],
    [4, [3, 1, 2]],
    [9, [3, 3, 3, 3]],
    [10, [3, 3, 3, 3, 1, 1, 2]],
  ])("of %d leaves has nodes with %j links, all leaves at one depth", async (leaves, links) => {
    const { root, put } = await layOut(leaves);
    const nodes = put.filter(({ cid }) => cid.code === DAG_PB);
    const counts = nodes.map(({ cid, bytes }) => {
      const node = decodeNode(cid, bytes);
      return node.type === "file" ? node.children.length : -1;
    });
    expect(counts).toEqual(links);
    expect(put.filter(({ cid }) => cid.code === RAW)).toHaveLength(leaves);
    expect(root.cid.equals(put.at(-1)?.cid)).toBe(true);
    expect(root.size).toBe(leaves * 32);
    expect(root.dagSize).toBe(put.reduce((sum, { bytes }) => sum + bytes.length, 0));
  });

  it("hands over a node as soon as it is full", async () => {
    const { put } = await layOut(7);
    const kinds = put.map(({ cid }) => (cid.code === RAW ? "leaf" : "node"));
    expect(kinds.slice(0, 8).join(" ")).toBe("leaf leaf leaf node leaf leaf leaf node");
  });

  it("refuses a file whose parts are so tiny that readers would give up on it", async () => {
    const layout = new FileLayout({ put: async () => {} }, importParameters({ chunkBytes: 31 }));
    const leaf = new Uint8Array(31);
    for (let count = 0; count < 32_768; count += 1) await layout.add(leaf);
    await expect(layout.add(leaf)).rejects.toMatchObject({ code: "limit_exceeded" });
  });
});
