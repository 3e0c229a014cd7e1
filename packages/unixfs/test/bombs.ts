import { type Block, CID, DAG_PB, errorCodeOf } from "@ipfs-kit/core";
import {
  assertComplete,
  findEntry,
  linksOf,
  listDirectory,
  readFile,
  resolvePath,
  statNode,
  walkDag,
} from "@ipfs-kit/unixfs";

import { encodeUnixfs } from "../src/unixfs-message.ts";
import { identity, MemoryBlocks, varint } from "./memory-blocks.ts";

const MIB = 1024 * 1024;
const DAG_CBOR = 0x71;
const DAG_JSON = 0x01_29;

/** What comes of one: the code of the error, or `ok` and how much was given. */
export type Outcome = string;

/**
 * DAGs made to cost whoever handles them time or memory without end. Each says what is done with it;
 * they run where memory is short.
 */
export const BOMBS: Readonly<Record<string, () => Promise<Outcome[]>>> = {
  async "a file 100 000 levels deep"() {
    const blocks = new MemoryBlocks();
    let part = blocks.leaf("x");
    for (let level = 0; level < 100_000; level += 1) part = blocks.file([part]);
    return outcomes(
      async () => drain(readFile(blocks, part.cid, {})),
      async () => drain(walkDag(blocks, part.cid)),
      async () => drain(walkDag(blocks, part.cid, { scope: "entity" })),
    );
  },

  async "a folder 100 000 levels deep"() {
    const blocks = new MemoryBlocks();
    let folder = blocks.leaf("x").cid;
    for (let level = 0; level < 100_000; level += 1) folder = blocks.folder([["d", folder]]);
    const path = Array.from({ length: 100_000 }, () => "d");
    return outcomes(
      async () => drain(walkDag(blocks, folder, { duplicates: true })),
      async () => assertComplete(blocks, folder),
      async () => resolvePath(blocks, folder, path),
    );
  },

  async "2^60 ways through sixty blocks"() {
    const blocks = new MemoryBlocks();
    let folder = blocks.leaf("x").cid;
    for (let level = 0; level < 60; level += 1) {
      folder = blocks.folder([
        ["a", folder],
        ["b", folder],
      ]);
    }
    return outcomes(
      async () => drain(walkDag(blocks, folder)),
      async () => assertComplete(blocks, folder),
      async () => drain(walkDag(blocks, folder, { duplicates: true })),
    );
  },

  async "a file of 2^50 bytes in fifty blocks"() {
    const blocks = new MemoryBlocks();
    let part = blocks.leaf("x");
    for (let level = 0; level < 50; level += 1) part = blocks.file([part, part]);
    return outcomes(
      async () => drain(readFile(blocks, part.cid, {})),
      async () => drain(readFile(blocks, part.cid, { offset: 2 ** 49, length: 3 })),
      async () => drain(walkDag(blocks, part.cid, { scope: "entity" })),
      async () => drain(walkDag(blocks, part.cid, { scope: "entity", duplicates: true })),
      async () =>
        drain(
          walkDag(blocks, part.cid, {
            scope: "entity",
            entityBytes: { from: 12_345, to: 2 ** 49 + 54_321 },
          }),
        ),
    );
  },

  async "a million links in one node"() {
    const blocks = new MemoryBlocks();
    const nothing = identity(new Uint8Array(0));
    const link = [0x12, 6, 0x0a, 4, ...nothing.bytes];
    const data = encodeUnixfs({ type: "directory" });
    const dagPb = Buffer.concat([
      Buffer.alloc(link.length * 1_000_000, Buffer.from(link)),
      Buffer.from([0x0a, data.length, ...data]),
    ]);
    const tagged = [0xd8, 42, 0x45, 0, ...nothing.bytes];
    const cbor = Buffer.concat([
      Buffer.from([0x9a, ...uint32(1_000_000)]),
      Buffer.alloc(tagged.length * 1_000_000, Buffer.from(tagged)),
    ]);
    const json = Buffer.alloc(17 * 1_000_000 + 1, ',{"/":"bafkqaaa"}');
    json.write("[");
    json.write("]", json.length - 1);
    const folder = blocks.put(DAG_PB, dagPb);
    const roots = [folder, blocks.put(DAG_CBOR, cbor), blocks.put(DAG_JSON, json)];
    return outcomes(
      ...roots.map((root) => async () => drain(walkDag(blocks, root))),
      ...roots.map((root) => async () => assertComplete(blocks, root)),
      async () => drain(listDirectory(blocks, folder)),
      async () => statNode(blocks, folder),
    );
  },

  async "a million sizes of parts that are not there"() {
    const blocks = new MemoryBlocks();
    const sizes = Buffer.alloc(2 * MIB, Buffer.from([0x20, 1]));
    const packed = Buffer.concat([
      Buffer.from([0x22, ...varint(2 * MIB)]),
      Buffer.alloc(2 * MIB, 1),
    ]);
    const cids = [sizes, packed].map((fields) =>
      blocks.dagPb(Buffer.concat([Buffer.from([0x08, 2]), fields]), []),
    );
    return outcomes(...cids.map((cid) => async () => statNode(blocks, cid)));
  },

  async "deep and wide at once"() {
    const blocks = new MemoryBlocks();
    let { cid } = blocks.leaf("x");
    for (let level = 0; level < 8; level += 1) {
      const others = Array.from({ length: 9_000 }, (_, index) => {
        return [`${level}`, identity(Buffer.from(`${level} ${index}`), DAG_CBOR)] as const;
      });
      cid = blocks.folder([["0", cid], ...others]);
    }
    return outcomes(
      async () => drain(walkDag(blocks, cid)),
      async () => drain(walkDag(blocks, cid, { duplicates: true })),
      async () => assertComplete(blocks, cid),
    );
  },

  async "a file deep and wide at once"() {
    const blocks = new MemoryBlocks();
    let part = blocks.leaf("x");
    for (let level = 0; level < 8; level += 1) {
      const others = Array.from({ length: 9_000 }, (_, index) => {
        return { cid: identity(Buffer.from(`${level} ${index}`), DAG_CBOR), size: 7 };
      });
      part = blocks.file([part, ...others]);
    }
    return outcomes(
      async () => drain(readFile(blocks, part.cid, {})),
      async () => drain(walkDag(blocks, part.cid, { scope: "entity" })),
      async () => drain(readFile(blocks, part.cid, { offset: 0, length: 1 })),
    );
  },

  async "a sharded folder with shards in all slots, always the same"() {
    const blocks = new MemoryBlocks();
    const all = Array.from({ length: 256 }, (_, slot) => slot);
    let shard = blocks.shard([]);
    for (let level = 0; level < 7; level += 1) {
      const below = shard;
      shard = blocks.shard(all.map((slot) => [slot, "", below]));
    }
    return outcomes(
      async () => drain(listDirectory(blocks, shard)),
      async () => drain(walkDag(blocks, shard, { scope: "entity" })),
      async () => drain(walkDag(blocks, shard, { scope: "entity", duplicates: true })),
      async () => findEntry(blocks, shard, "name").then(String),
    );
  },

  async "a sharded folder deeper than a hash"() {
    const blocks = new MemoryBlocks();
    const works: (() => Promise<unknown>)[] = [];
    for (const fanout of [8, 256, 1024]) {
      let shard = blocks.shard([[1, "leaf", blocks.leaf("x").cid]], fanout);
      const all = Array.from({ length: fanout }, (_, slot) => slot);
      for (let level = 0; level < 30; level += 1) {
        const below = shard;
        shard = blocks.shard(
          (level < 29 ? [1] : all).map((slot) => [slot, "", below]),
          fanout,
        );
      }
      const root = shard;
      works.push(async () => drain(listDirectory(blocks, root)));
      works.push(async () => drain(walkDag(blocks, root, { scope: "entity" })));
    }
    return outcomes(...works);
  },

  async "data that says it is longer than it is"() {
    const heads = [0x5b, 0x7b, 0x9b, 0xbb].map((head) => [head, 0, 0, 0, 2, 0x18, 0x71, 0x1a, 0]);
    const short = [...heads, [0x9a, 0xff, 0xff, 0xff, 0xff], [0xd8, 42, 0x5a, 0x7f, 0, 0, 0, 0]];
    return outcomes(
      ...short.map(
        (head) => async () => decoded(DAG_CBOR, Buffer.from([...head, ...Buffer.alloc(91, 1)])),
      ),
    );
  },

  async "data nested without end"() {
    return outcomes(
      async () => decoded(DAG_CBOR, Buffer.alloc(2 * MIB, 0x81)),
      async () => decoded(DAG_CBOR, Buffer.alloc(2 * MIB, Buffer.from([0xa1, 0x60]))),
      async () => decoded(DAG_JSON, Buffer.alloc(2 * MIB, "[")),
      async () => decoded(DAG_JSON, Buffer.alloc(2 * MIB, '{"":')),
    );
  },

  async "data of two million empty maps"() {
    const maps = Buffer.alloc(2 * MIB, 0xa0);
    maps.set([0x9a, ...uint32(2 * MIB - 5)]);
    return outcomes(
      async () => decoded(DAG_CBOR, maps),
      async () => decoded(DAG_JSON, Buffer.from(`[${"{},".repeat(600_000)}{}]`)),
      async () => decoded(DAG_JSON, Buffer.from(`[${"[],".repeat(600_000)}[]]`)),
      async () => decoded(DAG_JSON, Buffer.from(`{"/":{${'"/":{'.repeat(500)}`)),
      async () => decoded(DAG_JSON, Buffer.from(`{"${"\\u0041".repeat(300_000)}":1}`)),
    );
  },

  async "identity CIDs of a megabyte"() {
    const blocks = new MemoryBlocks();
    const bytes = Buffer.alloc(MIB, 0x61);
    const large = identity(bytes);
    const link = Buffer.concat([Buffer.from([0x0a, ...varint(large.bytes.length)]), large.bytes]);
    const dagPb = Buffer.concat([
      Buffer.from([0x12, ...varint(link.length)]),
      link,
      Buffer.from([0x0a, 2, 8, 1]),
    ]);
    const inCid = Buffer.concat([Buffer.from([0]), large.bytes]);
    const cbor = Buffer.concat([Buffer.from([0xd8, 42, 0x5a, ...uint32(inCid.length)]), inCid]);
    const json = Buffer.from(JSON.stringify({ "/": large.toString() }));
    return outcomes(
      async () => statNode(blocks, large),
      async () => drain(readFile(blocks, large, {})),
      async () => drain(walkDag(blocks, identity(bytes, DAG_PB))),
      async () => resolvePath(blocks, identity(bytes, DAG_CBOR), ["x"]),
      async () => assertComplete(blocks, identity(bytes, DAG_PB)),
      async () => drain(walkDag(blocks, blocks.put(DAG_PB, dagPb))),
      async () => drain(listDirectory(blocks, blocks.put(DAG_PB, dagPb))),
      async () => drain(walkDag(blocks, blocks.put(DAG_CBOR, cbor))),
      async () => drain(walkDag(blocks, blocks.put(DAG_JSON, json))),
    );
  },
};

async function decoded(codec: number, block: Buffer): Promise<unknown> {
  const cid = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
  return linksOf(CID.createV1(codec, cid.multihash), block);
}

async function drain(source: AsyncIterable<Block | Uint8Array | { cid: CID }>): Promise<string> {
  let given = 0;
  for await (const item of source) given += item instanceof Uint8Array ? item.length : 1;
  return `ok ${given}`;
}

/** One after the other: what one takes is not to be blamed on another. */
async function outcomes(...works: readonly (() => Promise<unknown>)[]): Promise<Outcome[]> {
  const found: Outcome[] = [];
  for (const work of works) {
    try {
      const value = await work();
      found.push(typeof value === "string" ? value : "ok");
    } catch (error) {
      found.push(errorCodeOf(error));
    }
  }
  return found;
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
