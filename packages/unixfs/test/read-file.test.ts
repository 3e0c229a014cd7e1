import { encode } from "@ipld/dag-pb";
import { CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { collect } from "@ipfs-kit/testing";
import { sha256 } from "multiformats/hashes/sha2";
import { describe, expect, it } from "vitest";

import { encodeFileNode } from "../src/file-layout.ts";
import { readFile } from "../src/read-file.ts";

const MIB = 1024 * 1024;

interface Part {
  cid: CID;
  size: number;
}

/** Blocks in memory that note in which order they are asked for. */
function noteTaking() {
  const blocks = new Map<string, Uint8Array>();
  const asked: CID[] = [];
  const put = async (codec: number, block: Uint8Array): Promise<CID> => {
    const cid = CID.createV1(codec, await sha256.digest(block));
    blocks.set(cid.toString(), block);
    return cid;
  };
  return {
    asked,
    async leaf(mark: number): Promise<Part> {
      return { cid: await put(RAW, new Uint8Array(MIB).fill(mark)), size: MIB };
    },
    async node(parts: Part[]): Promise<Part> {
      const Data = encodeFileNode(parts.map(({ size }) => BigInt(size)));
      const Links = parts.map(({ cid, size }) => ({ Name: "", Tsize: size, Hash: cid }));
      const size = parts.reduce((sum, part) => sum + part.size, 0);
      return { cid: await put(DAG_PB, encode({ Data, Links })), size };
    },
    async get(cid: CID): Promise<Uint8Array> {
      asked.push(cid);
      return blocks.get(cid.toString()) ?? new Uint8Array(0);
    },
  };
}

describe("reading ahead", () => {
  it("asks for blocks in the order in which they are needed", async () => {
    const blocks = noteTaking();
    const needed: CID[] = [];
    const inner: Part[] = [];
    for (let index = 0; index < 8; index += 1) {
      const leaves: Part[] = [];
      for (let mark = 0; mark < 3; mark += 1) leaves.push(await blocks.leaf(index * 3 + mark));
      const part = await blocks.node(leaves);
      inner.push(part);
      needed.push(part.cid, ...leaves.map(({ cid }) => cid));
    }
    const root = await blocks.node(inner);
    const bytes = await collect(readFile(blocks, root.cid, { readAhead: 6 }));
    expect(bytes).toHaveLength(24 * MIB);
    expect(blocks.asked.map(String)).toEqual([root.cid, ...needed].map(String));
  });

  it("asks for as many as it may where nothing stands between them", async () => {
    const blocks = noteTaking();
    const leaves: Part[] = [];
    for (let mark = 0; mark < 20; mark += 1) leaves.push(await blocks.leaf(mark));
    const root = await blocks.node(leaves);
    const pieces = readFile(blocks, root.cid, { readAhead: 6 });
    await pieces.next();
    expect(blocks.asked).toHaveLength(1 + 1 + 6);
    await pieces.return();
  });
});
