import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";
import { CID } from "@ipfs-kit/core";
import { resolvePath } from "@ipfs-kit/unixfs";
import { beforeEach, describe, expect, it } from "vitest";

import { identity, MemoryBlocks } from "./memory-blocks.ts";

const GONE = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");

describe("a path", () => {
  let blocks: MemoryBlocks;
  beforeEach(() => {
    blocks = new MemoryBlocks();
  });

  const resolve = async (root: CID, path: string) => {
    const { cid, via, remainder } = await resolvePath(
      blocks,
      root,
      path === "" ? [] : path.split("/"),
    );
    return { cid: cid.toString(), via: via.map(String), remainder };
  };

  it("leads through folders, and tells by which blocks", async () => {
    const file = blocks.file([blocks.leaf("x")]).cid;
    const inner = blocks.folder([["file", file]]);
    const root = blocks.folder([["inner", inner]]);
    const via = [root.toString(), inner.toString()];
    expect(await resolve(root, "inner/file")).toEqual({ cid: file.toString(), via, remainder: [] });
    expect(await resolve(root, "")).toEqual({ cid: root.toString(), via: [], remainder: [] });
    blocks.remove(file);
    expect((await resolve(root, "inner/file")).cid).toBe(file.toString());
  });

  it("ends at what has no names in it", async () => {
    const link = blocks.unixfs({ type: "symlink", data: Buffer.from("file") }, []);
    const root = blocks.folder([
      ["file", blocks.file([blocks.leaf("x")]).cid],
      ["link", link],
      ["raw", blocks.leaf("x").cid],
    ]);
    for (const path of ["file/x", "link/x", "raw/x", "file/0", "nothing", "raw/.."]) {
      await expect(resolve(root, path)).rejects.toMatchObject({
        code: "not_found",
        details: { name: path.split("/").at(-1) },
      });
    }
  });

  it("leads through dag-cbor and dag-json, and back into folders", async () => {
    const leaf = blocks.leaf("x").cid;
    const folder = blocks.folder([["leaf", leaf]]);
    const json = blocks.put(dagJson.code, dagJson.encode({ a: [{ folder }, 1] }));
    const root = blocks.put(dagCbor.code, dagCbor.encode({ json, deep: { er: [true] } }));
    const all = [root, json, folder].map(String);
    expect(await resolve(root, "json/a/0/folder/leaf")).toEqual({
      cid: leaf.toString(),
      via: all,
      remainder: [],
    });
    expect(await resolve(root, "json/a/1")).toEqual({
      cid: json.toString(),
      via: [root.toString()],
      remainder: ["a", "1"],
    });
    expect(await resolve(root, "deep/er/0")).toEqual({
      cid: root.toString(),
      via: [],
      remainder: ["deep", "er", "0"],
    });
    for (const path of ["json/b", "deep/er/1", "deep/er/0/x", "deep/er/length", "deep/er/00"]) {
      await expect(resolve(root, path)).rejects.toMatchObject({ code: "not_found" });
    }
  });

  it("goes on where a block is nothing but a link", async () => {
    const leaf = blocks.leaf("x").cid;
    const folder = blocks.folder([["leaf", leaf]]);
    const root = blocks.put(dagCbor.code, dagCbor.encode(folder));
    expect(await resolve(root, "leaf")).toEqual({
      cid: leaf.toString(),
      via: [root, folder].map(String),
      remainder: [],
    });
  });

  it("follows the names of links where dag-pb is no UnixFS", async () => {
    const leaf = blocks.leaf("x").cid;
    for (const data of [undefined, Buffer.from("other data")]) {
      const root = blocks.dagPb(data, [["name", leaf]]);
      expect((await resolve(root, "name")).cid).toBe(leaf.toString());
      await expect(resolve(root, "other")).rejects.toMatchObject({ code: "not_found" });
    }
  });

  it("leads into an identity CID", async () => {
    const leaf = blocks.leaf("x").cid;
    const inline = identity(dagCbor.encode({ leaf }), dagCbor.code);
    const root = blocks.folder([["inline", inline]]);
    expect(await resolve(root, "inline/leaf")).toMatchObject({
      cid: leaf.toString(),
      via: [root, inline].map(String),
    });
  });

  it("tells a name that is not there from a block that is not", async () => {
    const root = blocks.folder([["gone", GONE]]);
    expect((await resolve(root, "gone")).cid).toBe(GONE.toString());
    const missing = resolve(blocks.folder([["a", blocks.folder([])]]), "a/b");
    await expect(missing).rejects.toMatchObject({ details: { name: "b" } });
    const folder = blocks.folder([["inner", CID.createV1(0x70, GONE.multihash)]]);
    const absent = resolve(folder, "inner/b");
    await expect(absent).rejects.toMatchObject({ code: "not_found" });
    await expect(absent).rejects.not.toMatchObject({ details: { name: "b" } });
  });

  it("cannot be followed into an unknown codec", async () => {
    const root = blocks.folder([["git", blocks.put(0x78, Buffer.from("tree 0"))]]);
    await expect(resolve(root, "git/x")).rejects.toMatchObject({ code: "not_supported" });
  });

  it("has at most 512 names, and what it says of one is short", async () => {
    const root = blocks.folder([]);
    const long = Array.from({ length: 513 }, () => "a").join("/");
    await expect(resolve(root, long)).rejects.toMatchObject({ code: "invalid_request" });
    await expect(resolve(root, "x".repeat(100_000))).rejects.toMatchObject({
      message: expect.stringMatching(/^.{1,500}$/),
    });
  });
});
