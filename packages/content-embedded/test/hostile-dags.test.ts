import { createHash } from "node:crypto";

import { encode, type PBLink } from "@ipld/dag-pb";
import { CID, DAG_PB, RAW } from "@ipfs-kit/core";
import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { UnixFS } from "ipfs-unixfs";
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

  async function node(parts: Part[]): Promise<Part> {
    const blockSizes = parts.map(({ size }) => BigInt(size));
    const unixfs = new UnixFS({ type: "file", blockSizes });
    const Links: PBLink[] = parts.map(({ cid, size }) => ({
      Name: "",
      Tsize: Math.min(size, 1000),
      Hash: cid,
    }));
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    return { cid: await put(DAG_PB, encode({ Data: unixfs.marshal(), Links })), size };
  }

  const read = async ({ cid }: Part, range = {}) =>
    Buffer.from(await collect(store.read(cid, range))).toString();

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
