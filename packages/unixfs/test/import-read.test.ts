import { type Block, type CID, type ImportProfile, NotFoundError } from "@ipfs-kit/core";
import { collect } from "@ipfs-kit/testing";
import {
  assertComplete,
  importTree,
  listDirectory,
  readFile,
  resolvePath,
  statNode,
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

/** Imports the items under one root, and reads every one of them back by its path. */
async function importAndRead(items: readonly TreeItem[], profile: ImportProfile): Promise<void> {
  const blocks = memory();
  const added = await allOf(importTree(blocks, asEntries(items, 1), { profile, wrap: true }));
  const root = added.at(-1)?.cid;
  if (root === undefined) throw new Error("There is a root.");
  for (const item of items) {
    const { cid } = await resolvePath(blocks, root, item.path.split("/"));
    if (item.type === "file") {
      const bytes = await collect(readFile(blocks, cid, {}));
      expect(Buffer.from(item.bytes).equals(bytes)).toBe(true);
    } else {
      expect(await statNode(blocks, cid)).toMatchObject({ type: item.type });
    }
  }
  for (const { path } of items.filter(({ type }) => type === "directory")) {
    const { cid } = await resolvePath(blocks, root, path.split("/"));
    const listed = await allOf(listDirectory(blocks, cid));
    const inside = items.filter((item) => item.path.slice(0, item.path.lastIndexOf("/")) === path);
    expect(listed.map(({ name }) => `${path}/${name}`).toSorted()).toEqual(
      inside.map((item) => item.path).toSorted(),
    );
  }
  await assertComplete(blocks, root);
  const walked = await allOf(walkDag(blocks, root));
  expect(walked).toHaveLength(blocks.held.size);
}

describe.each<ImportProfile>(["unixfs-v1-2025", "unixfs-v0-2015"])("under %s", (profile) => {
  it("generated trees come out as they went in", { timeout: 60_000 }, async () => {
    for (let seed = 20; seed < 40; seed += 1) {
      // The full folders come below; listing them once is enough.
      const tree = generatedTree("tree", profile, seed);
      if (tree.length < 100) await importAndRead(tree, profile);
    }
  });

  it.each([0, 1, 3])(
    "large folders come out as they went in: %d",
    { timeout: 60_000 },
    async (kind) => {
      await importAndRead(fullFolder("folder", profile, kind), profile);
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
      await importAndRead([...parents.slice(0, -1), file], profile);

      const longest = Array.from({ length: 1500 }, (_, index): TreeItem => ({
        path: `long/${String(index).padStart(MAX_NAME_BYTES, "n")}`,
        type: "symlink",
        target: "t".repeat(4096),
      }));
      await importAndRead([{ path: "long", type: "directory" }, ...longest], profile);

      const shortest = Array.from({ length: 7000 }, (_, index): TreeItem => ({
        path: `short/${index.toString(36)}`,
        type: "symlink",
        target: "t",
      }));
      await importAndRead([{ path: "short", type: "directory" }, ...shortest], profile);
    },
  );
});
