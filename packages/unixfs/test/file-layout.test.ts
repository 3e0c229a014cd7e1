import { type CID, parseCid, RAW } from "@ipfs-kit/core";
import { UnixFS } from "ipfs-unixfs";
import { describe, expect, it } from "vitest";

import { decodeNode } from "../src/node.ts";
import { encodeFileNode, fileLayout } from "../src/file-layout.ts";

const LEAF = parseCid("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
const GIB = 2 ** 30;

describe("an inner node of a file", () => {
  it.each([[[1]], [[127, 128]], [[1_048_576, 1_048_576, 5]], [[GIB, GIB - 6]], [[5 * GIB]]])(
    "of parts of %j bytes is what the library writes, where the library is right",
    (sizes) => {
      const blockSizes = sizes.map(BigInt);
      const expected = new UnixFS({ type: "file", blockSizes }).marshal();
      expect(Buffer.from(encodeFileNode(blockSizes))).toEqual(Buffer.from(expected));
    },
  );

  it.each([2 * GIB - 1, 2 * GIB, 3 * GIB, 4 * GIB - 1, 4 * GIB, 6 * GIB])(
    "can be read back with a part of %d bytes",
    async (size) => {
      const blocks: { cid: CID; bytes: Uint8Array }[] = [];
      const layout = fileLayout({
        put: async (cid, bytes) => {
          if (bytes instanceof Uint8Array) blocks.push({ cid, bytes });
          return cid;
        },
      });
      const parts = [size, 7].map((bytes) => ({ cid: LEAF, size: BigInt(bytes) }));
      const root = await layout(parts, async () => {
        throw new Error("a file of two parts is not one leaf");
      });
      const [block] = blocks;
      expect(LEAF.code).toBe(RAW);
      expect(block?.cid).toEqual(root.cid);
      expect(decodeNode(root.cid, block?.bytes ?? new Uint8Array())).toMatchObject({
        size: size + 7,
        children: [{ size }, { size: 7 }],
      });
    },
  );
});
