import { type Block, type CID, type ImportProfile, NotFoundError } from "@ipfs-kit/core";
import { collect } from "@ipfs-kit/testing";
import {
  assertComplete,
  decodeNode,
  importTree,
  listDirectory,
  readFile,
  resolvePath,
  walkDag,
} from "@ipfs-kit/unixfs";
import { describe, expect, it } from "vitest";

import { MAX_NAME_BYTES, MAX_TREE_DEPTH } from "../src/defaults.ts";
import { allOf } from "./cars.ts";
import { asEntries, fullFolder, generatedTree, type TreeItem } from "./generated-tree.ts";

/** Blocks in memory. */
function memory() {
  const held = new Map<string, Block>();
  return {
    held,
    async put(cid: CID, bytes: Uint8Array): Promise<void> {
      held.set(cid.toString(), { cid, bytes });
    },
    async has(cid: CID): Promise<boolean> {
      return held.has(cid.toString());
    },
    async get(cid: CID): Promise<Uint8Array> {
      const block = held.get(cid.toString());
      if (block === undefined) throw new NotFoundError(`There is no ${cid.toString()}.`);
      return block.bytes.slice();
    },
  };
}

/** Imports the items under one root, reads everything back that is under it, and says what differs. */
async function differences(items: readonly TreeItem[], profile: ImportProfile): Promise<string[]> {
  const blocks = memory();
  const added = await allOf(importTree(blocks, asEntries(items, 1), { profile, wrap: true }));
  const root = added.at(-1)?.cid;
  if (root === undefined) throw new Error("There is a root.");
  const missing = new Map(items.map((item) => [item.path, item]));
  const problems: string[] = [];

  async function readUnder(folder: CID, path: string): Promise<void> {
    for await (const { name, cid } of listDirectory(blocks, folder)) {
      const item = missing.get(path + name);
      missing.delete(path + name);
      const { type } = decodeNode(cid, await blocks.get(cid));
      if (type !== item?.type) problems.push(`${path}${name} is a ${type}`);
      if (type === "directory") await readUnder(cid, `${path}${name}/`);
      if (item?.type !== "file") continue;
      const bytes = await collect(readFile(blocks, cid, {}));
      if (!Buffer.from(item.bytes).equals(bytes)) problems.push(`${path}${name} has other bytes`);
    }
  }
  await readUnder(root, "");
  problems.push(...missing.keys());

  for (const { path } of [items[0], items.at(-1)].flatMap((item) => item ?? [])) {
    const { cid } = await resolvePath(blocks, root, path.split("/"));
    const entry = added.find((each) => each.path === path);
    if (entry?.cid.equals(cid) !== true) problems.push(`${path} leads elsewhere`);
  }
  await assertComplete(blocks, root);
  const walked = await allOf(walkDag(blocks, root));
  if (walked.length !== blocks.held.size) problems.push("there are other blocks");
  return problems;
}

describe.each<ImportProfile>(["unixfs-v1-2025", "unixfs-v0-2015"])("under %s", (profile) => {
  it("generated trees come out as they went in", { timeout: 60_000 }, async () => {
    for (let seed = 20; seed < 40; seed += 1) {
      expect(await differences(generatedTree("tree", profile, seed), profile)).toEqual([]);
    }
  });

  it.each([0, 1, 3])(
    "large folders come out as they went in: %d",
    { timeout: 60_000 },
    async (kind) => {
      expect(await differences(fullFolder("folder", profile, kind), profile)).toEqual([]);
    },
  );

  it(
    "what is at a limit of the writer is within those of the reader",
    { timeout: 60_000 },
    async () => {
      const deep = Array.from({ length: MAX_TREE_DEPTH }, (_, index) => `d${index}`).join("/");
      const parents = deep.split("/").map((_, index, names): TreeItem => ({
        path: names.slice(0, index + 1).join("/"),
        type: "directory",
      }));
      const file = { path: deep, type: "file" as const, bytes: Uint8Array.of(1) };
      expect(await differences([...parents.slice(0, -1), file], profile)).toEqual([]);

      const longest = Array.from({ length: 1500 }, (_, index): TreeItem => ({
        path: `long/${String(index).padStart(MAX_NAME_BYTES, "n")}`,
        type: "symlink",
        target: "t".repeat(4096),
      }));
      expect(await differences([{ path: "long", type: "directory" }, ...longest], profile)).toEqual(
        [],
      );

      const shortest = Array.from({ length: 7000 }, (_, index): TreeItem => ({
        path: `short/${index.toString(36)}`,
        type: "symlink",
        target: "t",
      }));
      expect(
        await differences([{ path: "short", type: "directory" }, ...shortest], profile),
      ).toEqual([]);
    },
  );
});
