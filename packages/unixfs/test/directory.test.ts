import { CID, type IpfsKitError } from "@ipfs-kit/core";
import {
  type DirectoryEntry,
  findEntry,
  listDirectory,
  resolvePath,
  statNode,
  walkDag,
} from "@ipfs-kit/unixfs";
import { beforeEach, describe, expect, it } from "vitest";

import { hashName, slotAt } from "../src/hamt-shard.ts";
import { encodeUnixfs } from "../src/unixfs-message.ts";
import { MemoryBlocks } from "./memory-blocks.ts";

const GONE = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");

let blocks: MemoryBlocks;
beforeEach(() => {
  blocks = new MemoryBlocks();
});

async function list(cid: CID): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for await (const entry of listDirectory(blocks, cid)) entries.push(entry);
  return entries;
}

async function names(cid: CID): Promise<string[]> {
  return (await list(cid)).map(({ name }) => name);
}

/** The code a call fails with. */
async function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "none",
    (error: IpfsKitError) => error.code,
  );
}

/** Of everything that looks at a folder. */
async function failures(cid: CID, name: string): Promise<string[]> {
  const walk = async () => {
    for await (const block of walkDag(blocks, cid, { scope: "entity" }))
      expect(block).toBeDefined();
  };
  return Promise.all(
    [list(cid), findEntry(blocks, cid, name), resolvePath(blocks, cid, [name]), walk()].map(
      failure,
    ),
  );
}

/** Puts names where their hash says, as deep as they have a common beginning. */
async function sharded(entries: readonly string[], fanout: number, level = 0): Promise<CID> {
  const slots: [number, string, CID][] = [];
  for (let slot = 0; slot < fanout; slot += 1) {
    const held: string[] = [];
    for (const name of entries) {
      const hash = await hashName(name);
      if (slotAt(hash, level * Math.log2(fanout), fanout) === slot) held.push(name);
    }
    const [first] = held;
    if (held.length === 1 && first !== undefined) slots.push([slot, first, blocks.leaf(first).cid]);
    if (held.length > 1) slots.push([slot, "", await sharded(held, fanout, level + 1)]);
  }
  return blocks.shard(slots, fanout);
}

describe("a plain folder", () => {
  it("gives its entries in their order, with the bytes under each as it states them", async () => {
    const { cid } = blocks.leaf("x");
    const root = blocks.folder([
      ["a", cid],
      ["b", blocks.folder([])],
    ]);
    const entries = await list(root);
    expect(entries.map(({ name, dagSize }) => [name, dagSize])).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(entries[0]?.cid.equals(cid)).toBe(true);
    expect(await statNode(blocks, root)).toMatchObject({ type: "directory", size: 2 });
  });

  it("takes the first of two entries with one name", async () => {
    const [one, two] = [blocks.leaf("1").cid, blocks.leaf("2").cid];
    const root = blocks.folder([
      ["same", one],
      ["same", two],
    ]);
    expect((await list(root)).map(({ cid }) => cid.toString())).toEqual([one.toString()]);
    expect((await findEntry(blocks, root, "same"))?.cid.equals(one)).toBe(true);
  });

  it("hands out names as they are, for whoever lists it to judge", async () => {
    const { cid } = blocks.leaf("x");
    const strange = ["..", "../up", "a/b", "a\\b", "new\nline", "\u202Eright"].toSorted();
    expect(await names(blocks.folder(strange.map((name) => [name, cid])))).toEqual(strange);
  });

  it.each(["", "a\0b"])("is refused with the name %j, which nothing can have", async (name) => {
    const root = blocks.folder([[name, blocks.leaf("x").cid]]);
    await expect(list(root)).rejects.toMatchObject({ code: "integrity" });
  });

  it("finds no entry under what only objects have", async () => {
    const root = blocks.folder([["a", blocks.leaf("x").cid]]);
    for (const name of ["__proto__", "constructor", "length", "0", "", "A", "a\0"]) {
      expect(await findEntry(blocks, root, name)).toBeUndefined();
    }
  });
});

describe("what is no folder", () => {
  it("is not listed", async () => {
    const file = blocks.file([blocks.leaf("a")]).cid;
    const link = blocks.unixfs({ type: "symlink", data: Buffer.from("a") }, []);
    for (const cid of [file, link, blocks.leaf("x").cid]) {
      await expect(list(cid)).rejects.toMatchObject({ code: "invalid_request" });
      await expect(findEntry(blocks, cid, "a")).rejects.toMatchObject({ code: "invalid_request" });
    }
    await expect(list(blocks.dagPb(undefined, []))).rejects.toMatchObject({ code: "not_a_file" });
    await expect(list(GONE)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a sharded folder", () => {
  const some = Array.from({ length: 60 }, (_, index) => `file ${index}`);

  it.each([8, 16, 32, 64, 128, 256, 512, 1024])(
    "of %d slots is listed and searched",
    async (fanout) => {
      const root = await sharded(some, fanout);
      expect((await names(root)).toSorted()).toEqual(some.toSorted());
      for (const name of some) {
        const found = await findEntry(blocks, root, name);
        expect(found?.cid.equals(blocks.leaf(name).cid)).toBe(true);
      }
      expect(await findEntry(blocks, root, "file 60")).toBeUndefined();
    },
  );

  it("is searched through the shards on the way, and no others", async () => {
    const root = await sharded(some, 8);
    for (const name of some.slice(0, 10)) {
      blocks.asked.length = 0;
      const found = await findEntry(blocks, root, name);
      expect(blocks.asked.map(String)).toEqual([root, ...(found?.shards ?? [])].map(String));
    }
  });

  it("says which shard is missing", async () => {
    const root = blocks.shard([[1, "", GONE]]);
    const missing = { code: "not_found", details: { cid: GONE.toString(), root: root.toString() } };
    await expect(list(root)).rejects.toMatchObject(missing);
  });

  it("is refused when its bitfield and its links do not agree", async () => {
    const { cid } = blocks.leaf("x");
    const hash = { hashType: 0x22n, fanout: 256n };
    const link: [string, CID] = ["01name", cid];
    const shards = [
      blocks.unixfs({ type: "shard", ...hash }, [link]),
      blocks.unixfs({ type: "shard", ...hash, data: Buffer.from([0b11]) }, [link]),
      blocks.unixfs({ type: "shard", ...hash, data: Buffer.from([0b100]) }, [link]),
      blocks.unixfs({ type: "shard", ...hash, data: Buffer.alloc(33, 0).fill(1, 0, 1) }, [link]),
      blocks.unixfs({ type: "shard", ...hash, data: Buffer.from([0b10]) }, [["1name", cid]]),
      blocks.unixfs({ type: "shard", ...hash, data: Buffer.from([0b10]) }, []),
      blocks.unixfs({ type: "shard", ...hash, data: Buffer.alloc(32, 0xff) }, [link]),
    ];
    for (const shard of shards) {
      expect(await failures(shard, "name")).toEqual(Array.from({ length: 4 }, () => "integrity"));
      await expect(statNode(blocks, shard)).rejects.toMatchObject({ code: "integrity" });
    }
  });

  it.each([0, 1, 2, 4, 12, 255, 2048, 2 ** 32])("is refused with %d slots", async (fanout) => {
    const data = encodeUnixfs({ type: "shard", hashType: 0x22n, fanout: BigInt(fanout) });
    const shard = blocks.dagPb(data, []);
    expect(await failures(shard, "name")).toEqual(Array.from({ length: 4 }, () => "integrity"));
  });

  it("is refused when its names are hashed in another way", async () => {
    const data = encodeUnixfs({ type: "shard", hashType: 0x12n, fanout: 256n });
    await expect(list(blocks.dagPb(data, []))).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused when what stands for a shard is none, or one of another kind", async () => {
    const slot = slotAt(await hashName("name"), 0, 256) ?? 0;
    for (const below of [blocks.leaf("x").cid, blocks.folder([]), blocks.shard([], 16)]) {
      const root = blocks.shard([[slot, "", below]]);
      expect(await failures(root, "name")).toEqual(Array.from({ length: 4 }, () => "integrity"));
    }
  });

  it("is refused when one shard stands at two places in it", async () => {
    const below = blocks.shard([[3, "name", blocks.leaf("x").cid]]);
    const root = blocks.shard([
      [1, "", below],
      [2, "", below],
    ]);
    await expect(list(root)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused where a search would go deeper than a hash", async () => {
    for (const fanout of [8, 256, 1024]) {
      const hash = await hashName("name");
      const bits = Math.log2(fanout);
      let below = blocks.leaf("x").cid;
      for (let level = Math.floor(64 / bits); level >= 0; level -= 1) {
        below = blocks.shard([[slotAt(hash, level * bits, fanout) ?? 0, "", below]], fanout);
      }
      expect(await failures(below, "name")).toEqual(Array.from({ length: 4 }, () => "integrity"));
    }
  });
});
