import { CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { collect, seededBytes } from "@ipfs-kit/testing";
import { assertComplete, decodeNode, readFile, statNode } from "@ipfs-kit/unixfs";
import { beforeEach, describe, expect, it } from "vitest";

import type { UnixfsMessage } from "../src/unixfs-message.ts";
import { identity, MemoryBlocks, type Part, versionZero } from "./memory-blocks.ts";

const GONE = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");

describe("a file that was not made by us", () => {
  let blocks: MemoryBlocks;
  beforeEach(() => {
    blocks = new MemoryBlocks();
  });

  const read = async ({ cid }: Pick<Part, "cid">, range = {}) =>
    Buffer.from(await collect(readFile(blocks, cid, range))).toString();

  it("is read when it is sound: uneven, with bytes in its inner nodes, CID version 0", async () => {
    const inner = blocks.file([blocks.leaf("cd"), blocks.leaf("efg")], "b");
    const root = blocks.file([inner, blocks.leaf("h")], "a");
    expect(await read(root)).toBe("abcdefgh");
    for (let offset = 0; offset < 8; offset += 1) {
      expect(await read(root, { offset, length: 3 })).toBe("abcdefgh".slice(offset, offset + 3));
    }
    const old = { cid: versionZero(root.cid) };
    expect(await read(old)).toBe("abcdefgh");
    expect(await statNode(blocks, old.cid)).toMatchObject({ type: "file", size: 8 });
  });

  it.each([
    ["too much", 4],
    ["too little", 2],
  ])("is refused when a parent states %s for a part", async (_, size) => {
    const lying = blocks.file([{ ...blocks.leaf("abc"), size }, blocks.leaf("d")]);
    await expect(read(lying)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused when it states another size than its parts have", async () => {
    const { cid } = blocks.leaf("abc");
    const states = (fileSize: bigint) =>
      blocks.unixfs({ type: "file", fileSize, blockSizes: [3n] }, [["", cid]]);
    expect(await read({ cid: states(3n) })).toBe("abc");
    for (const fileSize of [0n, 2n, 4n, 2n ** 32n + 3n, 2n ** 63n]) {
      const lying = { cid: states(fileSize) };
      await expect(read(lying)).rejects.toMatchObject({ code: "integrity" });
      await expect(statNode(blocks, lying.cid)).rejects.toMatchObject({ code: "integrity" });
    }
  });

  it("is refused when a part has no bytes, or an absurd number of them", async () => {
    const { cid } = blocks.leaf("abc");
    for (const size of [0, 2 ** 60]) {
      await expect(read(blocks.file([{ cid, size }]))).rejects.toMatchObject({ code: "integrity" });
    }
  });

  it.each([
    ["fewer", []],
    ["more", [3n, 3n]],
  ])("is refused when it states %s sizes than it has parts", async (_, blockSizes) => {
    const { cid } = blocks.leaf("abc");
    const root = blocks.unixfs({ type: "file", blockSizes }, [["", cid]]);
    await expect(read({ cid: root })).rejects.toMatchObject({ code: "integrity" });
  });

  it("is read down to 512 levels and no deeper", async () => {
    let part = blocks.leaf("x");
    for (let level = 0; level < 512; level += 1) part = blocks.file([part]);
    expect(await read(part)).toBe("x");
    await assertComplete(blocks, part.cid);
    const deeper = blocks.file([part]);
    await expect(read(deeper)).rejects.toMatchObject({ code: "integrity" });
    await expect(assertComplete(blocks, deeper.cid)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused when one node has more than 10 000 links", async () => {
    const part = blocks.leaf("x");
    const widest = blocks.file(Array.from({ length: 10_000 }, () => part));
    expect(await read(widest, { offset: 9_990 })).toBe("x".repeat(10));
    const wider = blocks.file(Array.from({ length: 10_001 }, () => part));
    await expect(read(wider)).rejects.toMatchObject({
      code: "integrity",
      message: expect.stringContaining("10000 links"),
    });
  });

  it("is read from its end, where it is flat, though it is too deep and wide from the front", async () => {
    const one = blocks.leaf("x");
    const padding = Array.from({ length: 9_000 }, () => one);
    let part = one;
    for (let level = 0; level < 10; level += 1) part = blocks.file([part, ...padding]);
    await expect(read(part)).rejects.toMatchObject({ code: "integrity" });
    expect(await read(part, { offset: part.size - 5 })).toBe("xxxxx");
  });

  it("is refused when it names one byte again and again", async () => {
    let part: Part = { cid: identity(Buffer.from("x")), size: 1 };
    // 2^40 bytes in four blocks.
    for (let level = 0; level < 4; level += 1) {
      const same = part;
      part = blocks.file(Array.from({ length: 1024 }, () => same));
    }
    await expect(read(part)).rejects.toMatchObject({
      code: "integrity",
      message: expect.stringContaining("tiny parts"),
    });
    expect(await read(part, { offset: 2 ** 39, length: 3 })).toBe("xxx");
  });

  it("is refused when a part of it is a folder or a link", async () => {
    const folder = blocks.folder([]);
    const link = blocks.unixfs({ type: "symlink", data: Buffer.from("a") }, []);
    for (const cid of [folder, link]) {
      const root = blocks.file([{ cid, size: 3 }]);
      await expect(read(root)).rejects.toMatchObject({ code: "integrity" });
    }
  });

  it("is none when it is a folder, a shard, a link, or under another codec", async () => {
    const messages: UnixfsMessage[] = [
      { type: "directory" },
      { type: "shard", hashType: 0x22n, fanout: 256n },
      { type: "symlink", data: Buffer.from("a") },
    ];
    for (const message of messages) {
      const cid = blocks.unixfs(message, []);
      await expect(read({ cid })).rejects.toMatchObject({ code: "not_a_file" });
    }
    const json = blocks.put(0x02_00, Buffer.from("{}"));
    await expect(read({ cid: json })).rejects.toMatchObject({ code: "not_a_file" });
  });

  it.each([
    ["no UnixFS data", undefined],
    ["data of something else", Buffer.from("something else")],
    ["UnixFS metadata", Buffer.from([0x08, 3])],
    ["an unknown type", Buffer.from([0x08, 9])],
    ["no type", Buffer.from([0x18, 5])],
  ])("is none when it is dag-pb with %s", async (_, data) => {
    const cid = blocks.dagPb(data, [["a", blocks.leaf("x").cid]]);
    await expect(statNode(blocks, cid)).rejects.toMatchObject({ code: "not_a_file" });
    await assertComplete(blocks, cid);
  });

  it("is refused when it is not what its codec says", async () => {
    const junk = blocks.put(DAG_PB, seededBytes(500, 1));
    await expect(statNode(blocks, junk)).rejects.toMatchObject({ code: "integrity" });
    await expect(assertComplete(blocks, junk)).rejects.toMatchObject({ code: "integrity" });
  });

  it("says which block is missing, after giving what comes before it", async () => {
    const root = blocks.file([blocks.leaf("abc"), { cid: GONE, size: 5 }]);
    const pieces: string[] = [];
    const reading = async () => {
      for await (const piece of readFile(blocks, root.cid, {})) {
        pieces.push(Buffer.from(piece).toString());
      }
    };
    const missing = {
      code: "not_found",
      details: { cid: GONE.toString(), root: root.cid.toString() },
    };
    await expect(reading()).rejects.toMatchObject(missing);
    expect(pieces).toEqual(["abc"]);
    await expect(assertComplete(blocks, root.cid)).rejects.toMatchObject(missing);
    expect(await read(root, { length: 3 })).toBe("abc");
  });

  it("may carry its bytes in the CID, but only 128 of them", async () => {
    const small = { cid: identity(Buffer.from("tiny")) };
    expect(await read(small)).toBe("tiny");
    expect(await read({ cid: identity(Buffer.alloc(128, "a")) })).toHaveLength(128);
    const large = { cid: identity(Buffer.alloc(129, "a")) };
    await expect(read(large)).rejects.toMatchObject({ code: "integrity" });
  });

  it("lets other work go on while it is read from tiny parts in CIDs", async () => {
    const tiny = { cid: identity(Buffer.from("a")), size: 1 };
    const root = blocks.file(Array.from({ length: 10_000 }, () => tiny));
    let turns = 0;
    const count = setInterval(() => (turns += 1), 0);
    expect(await read(root)).toHaveLength(10_000);
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("a symbolic link", () => {
  const blocks = new MemoryBlocks();

  it("tells where it points", async () => {
    const cid = blocks.unixfs({ type: "symlink", data: Buffer.from("../ä") }, []);
    expect(decodeNode(cid, await blocks.get(cid))).toEqual({
      type: "symlink",
      target: "../ä",
      size: 5,
    });
  });

  it("is refused when it has parts, or is longer than any path", async () => {
    const { cid } = blocks.leaf("x");
    const data = Buffer.from("a");
    const long = Buffer.alloc(4097, "a");
    const refused = [
      blocks.unixfs({ type: "symlink", data }, [["", cid]]),
      blocks.unixfs({ type: "symlink", data: long }, []),
    ];
    for (const link of refused) {
      await expect(statNode(blocks, link)).rejects.toMatchObject({ code: "integrity" });
    }
  });
});

describe("a node", () => {
  it("keeps none of its block in memory by its links", async () => {
    const blocks = new MemoryBlocks();
    const link = blocks.leaf("x").cid;
    const cid = blocks.folder([["a", link]]);
    const block = await blocks.get(cid);
    const node = decodeNode(cid, block);
    const [entry] = node.type === "directory" ? node.links : [];
    expect(entry?.cid.equals(link)).toBe(true);
    expect(entry?.cid.bytes.buffer).not.toBe(block.buffer);
    expect(entry?.cid.multihash.digest.buffer).not.toBe(block.buffer);
    expect(link.code).toBe(RAW);
  });
});
