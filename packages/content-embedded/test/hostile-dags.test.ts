import { createHash } from "node:crypto";

import { encode, type PBLink } from "@ipld/dag-pb";
import { CID, DAG_PB, RAW } from "@ipfs-kit/core";
import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { UnixFS, type UnixFSType } from "ipfs-unixfs";
import { beforeEach, describe, expect, it } from "vitest";

import { temporaryStore } from "./temporary-store.ts";

interface Part {
  cid: CID;
  /** What its parent will state. */
  size: number;
}

describe("a DAG that was not made by us", () => {
  let store: EmbeddedStore;
  beforeEach(async () => {
    store = await temporaryStore();
  });

  async function put(codec: number, block: Uint8Array): Promise<CID> {
    const digest = createHash("sha256").update(block).digest();
    const cid = CID.decode(Uint8Array.from([0x01, codec, 0x12, 0x20, ...digest]));
    await store.blocks.put(cid, block);
    return cid;
  }

  async function leaf(text: string): Promise<Part> {
    return { cid: await put(RAW, Buffer.from(text)), size: text.length };
  }

  async function node(
    parts: Part[],
    { data = "", type = "file" }: { data?: string; type?: UnixFSType } = {},
  ): Promise<Part> {
    const blockSizes = parts.map(({ size }) => BigInt(size));
    const unixfs = new UnixFS({ type, data: Buffer.from(data), blockSizes });
    const Links: PBLink[] = parts.map(({ cid, size }) => ({
      Name: "",
      Tsize: Math.min(size, 1000),
      Hash: cid,
    }));
    const size = parts.reduce((sum, part) => sum + part.size, data.length);
    return { cid: await put(DAG_PB, encode({ Data: unixfs.marshal(), Links })), size };
  }

  const read = async ({ cid }: Part, range = {}) =>
    Buffer.from(await collect(store.read(cid, range))).toString();

  it("is read when it is sound: uneven, with bytes in its inner nodes, CID version 0", async () => {
    const inner = await node([await leaf("cd"), await leaf("efg")], { data: "b" });
    const root = await node([inner, await leaf("h")], { data: "a" });
    expect(await read(root)).toBe("abcdefgh");
    for (let offset = 0; offset < 8; offset += 1) {
      expect(await read(root, { offset, length: 3 })).toBe("abcdefgh".slice(offset, offset + 3));
    }
    const old = { ...root, cid: versionZero(root.cid) };
    expect(await read(old)).toBe("abcdefgh");
    expect(await store.stat(old.cid)).toMatchObject({ type: "file", size: 8 });
  });

  it.each([
    ["too much", 4],
    ["too little", 2],
  ])("is refused when a parent states %s for a part", async (_, size) => {
    const lying = await node([{ ...(await leaf("abc")), size }, await leaf("d")]);
    await expect(read(lying)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused when a part has no bytes, or an absurd number of them", async () => {
    const { cid } = await leaf("abc");
    for (const size of [0, 2 ** 60]) {
      const root = await node([{ cid, size }]);
      await expect(read(root)).rejects.toMatchObject({ code: "integrity" });
    }
  });

  it("is refused when it doubles sixty times over", async () => {
    let part = await leaf("x");
    for (let level = 0; level < 60; level += 1) part = await node([part, part]);
    await expect(store.stat(part.cid)).rejects.toMatchObject({ code: "integrity" });
    await expect(read(part)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is read down to 512 levels and no deeper", async () => {
    let part = await leaf("x");
    for (let level = 0; level < 512; level += 1) part = await node([part]);
    expect(await read(part)).toBe("x");
    await expect(read(await node([part]))).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused when one node has more than 10 000 links, before they are decoded", async () => {
    const part = await leaf("x");
    const widest = await node(Array.from({ length: 10_000 }, () => part));
    expect(await read(widest, { offset: 9_990 })).toBe("x".repeat(10));
    const wider = await node(Array.from({ length: 10_001 }, () => part));
    await expect(read(wider)).rejects.toMatchObject({
      code: "integrity",
      message: expect.stringContaining("10000 links"),
    });
  });

  it("does not fill the memory when it is deep and wide at once", async () => {
    const one = await leaf("x");
    const padding = Array.from({ length: 9_000 }, () => one);
    let part = one;
    for (let level = 0; level < 10; level += 1) part = await node([part, ...padding]);
    await expect(read(part)).rejects.toMatchObject({ code: "integrity" });
    // From its end it is flat, and well within the limits.
    expect(await read(part, { offset: part.size - 5 })).toBe("xxxxx");
  });

  it("is refused in no time when it names one byte again and again", async () => {
    let part: Part = { cid: identity(Buffer.from("x")), size: 1 };
    // 2^40 bytes in four blocks.
    for (let level = 0; level < 4; level += 1) {
      part = await node(Array.from({ length: 1024 }, () => part));
    }
    await expect(read(part)).rejects.toMatchObject({
      code: "integrity",
      message: expect.stringContaining("tiny parts"),
    });
    expect(await read(part, { offset: 2 ** 39, length: 3 })).toBe("xxx");
    await store.pin(part.cid);
  });

  it("is not kept when it is deep and wide at once", async () => {
    let part: Part = await leaf("x");
    for (let level = 0; level < 8; level += 1) {
      const padding = Array.from({ length: 9_000 }, (_, index) => {
        return { cid: identity(Buffer.from(`${level} ${index}`)), size: 1 };
      });
      part = await node([...padding, part]);
    }
    await expect(store.pin(part.cid)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is kept down to 512 levels and no deeper", async () => {
    let part = await leaf("x");
    for (let level = 0; level < 512; level += 1) part = await node([part]);
    await store.pin(part.cid);
    const deeper = await node([part]);
    await expect(store.pin(deeper.cid)).rejects.toMatchObject({ code: "integrity" });
  });

  it("is refused when a part of a file is a folder", async () => {
    const folder = await node([], { type: "directory" });
    const root = await node([{ ...folder, size: 3 }]);
    await expect(read(root)).rejects.toMatchObject({ code: "integrity" });
  });

  it.each(["directory", "hamt-sharded-directory", "symlink", "metadata"] satisfies UnixFSType[])(
    "is no file when it is a %s",
    async (type) => {
      const root = await node([], { type });
      await expect(read(root)).rejects.toMatchObject({ code: "not_a_file" });
    },
  );

  it("is no file under another codec, and refused when it is not what its codec says", async () => {
    const json = await put(0x02_00, Buffer.from("{}"));
    await expect(store.stat(json)).rejects.toMatchObject({ code: "not_a_file" });
    const junk = await put(DAG_PB, seededBytes(500, 1));
    await expect(store.stat(junk)).rejects.toMatchObject({ code: "integrity" });
    const noUnixfs = await put(DAG_PB, encode({ Links: [] }));
    await expect(store.stat(noUnixfs)).rejects.toMatchObject({ code: "not_a_file" });
  });

  it("says which block is missing, after giving what comes before it", async () => {
    const here = await leaf("abc");
    const gone = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
    const root = await node([here, { cid: gone, size: 5 }]);
    const pieces: string[] = [];
    const reading = async () => {
      for await (const piece of store.read(root.cid)) pieces.push(Buffer.from(piece).toString());
    };
    await expect(reading()).rejects.toMatchObject({
      code: "not_found",
      details: { cid: gone.toString(), root: root.cid.toString() },
    });
    expect(pieces).toEqual(["abc"]);
    await expect(store.pin(root.cid)).rejects.toMatchObject({ code: "not_found" });
    expect(await read(root, { length: 3 })).toBe("abc");
  });

  it("may carry its bytes in the CID, but only a few", async () => {
    const small = identity(Buffer.from("tiny"));
    expect(await read({ cid: small, size: 4 })).toBe("tiny");
    const large = identity(seededBytes(200, 1));
    await expect(store.stat(large)).rejects.toMatchObject({ code: "integrity" });
  });

  it("lets other work go on while it is read from tiny parts in CIDs", async () => {
    const tiny = { cid: CID.decode(Uint8Array.from([0x01, RAW, 0x00, 0x01, 0x61])), size: 1 };
    const root = await node(Array.from({ length: 10_000 }, () => tiny));
    let turns = 0;
    const count = setInterval(() => (turns += 1), 0);
    expect(await read(root)).toHaveLength(10_000);
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("blocks", () => {
  it("are refused when they do not match their CID or are too large", async () => {
    const { blocks } = await temporaryStore();
    const cid = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
    await expect(blocks.put(cid, seededBytes(9, 1))).rejects.toMatchObject({ code: "integrity" });
    expect(await blocks.has(cid)).toBe(false);
    const large = seededBytes(2 * 1024 * 1024 + 1, 1);
    const digest = createHash("sha256").update(large).digest();
    const largeCid = CID.decode(Uint8Array.from([0x01, RAW, 0x12, 0x20, ...digest]));
    await expect(blocks.put(largeCid, large)).rejects.toMatchObject({ code: "too_large" });
  });

  it("are found under either version of a CID", async () => {
    const store = await temporaryStore();
    const { cid } = await store.add(inPieces(seededBytes(3_000_000, 1), 1_000_000));
    expect(await store.blocks.has(versionZero(cid))).toBe(true);
  });
});

function identity(bytes: Uint8Array): CID {
  return CID.decode(Uint8Array.from([0x01, RAW, 0x00, ...lengthOf(bytes), ...bytes]));
}

function lengthOf(bytes: Uint8Array): number[] {
  return bytes.length < 0x80 ? [bytes.length] : [(bytes.length % 0x80) + 0x80, bytes.length >> 7];
}

function versionZero(cid: CID): CID {
  return CID.decode(cid.multihash.bytes);
}
