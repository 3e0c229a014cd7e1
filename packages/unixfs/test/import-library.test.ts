import { type CID, type ImportProfile, type ImportSettings, verifyBlock } from "@ipfs-kit/core";
import { inPieces, seededBytes } from "@ipfs-kit/testing";
import { importFile, importTree } from "@ipfs-kit/unixfs";
import { importer } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";
import { describe, expect, it } from "vitest";

import { importParameters } from "../src/import-settings.ts";
import {
  asEntries,
  blockSize,
  generatedTree,
  linksSize,
  longNames,
  tinyFiles,
  type TreeItem,
} from "./generated-tree.ts";

const PROFILES: ImportProfile[] = ["unixfs-v1-2025", "unixfs-v0-2015"];
const SETTINGS: ImportSettings[] = PROFILES.flatMap((profile) => [
  { profile },
  { profile, cidVersion: 0 as const, rawLeaves: true },
  { profile, cidVersion: 1 as const, rawLeaves: false },
]);
const LIMIT = 256 * 1024;

describe("the importer library makes the same blocks", { timeout: 30_000 }, () => {
  it.each(SETTINGS)("of files, with %j", async (settings) => {
    const { chunkBytes } = importParameters(settings);
    for (const size of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes]) {
      const bytes = seededBytes(size, size + 1);
      const ours = cidsTaken();
      const { cid, dagSize } = await importFile(ours.sink, inPieces(bytes, 70_001), settings);
      const theirs = await libraryImport([{ path: "file", type: "file", bytes }], settings);
      expect(theirs.roots).toEqual([`file ${cid.toString()} ${dagSize}`]);
      expect(differences(ours.cids, theirs.cids)).toEqual([]);
    }
  });

  it.each(PROFILES)("of a file of three levels, under %s", async (profile) => {
    const settings = { profile, chunkBytes: 40 };
    const bytes = seededBytes(40 * 2100, 3);
    const ours = cidsTaken();
    await importFile(ours.sink, inPieces(bytes, 999), settings);
    const theirs = await libraryImport([{ path: "file", type: "file", bytes }], settings);
    expect(differences(ours.cids, theirs.cids)).toEqual([]);
  });

  it.each(PROFILES)("of trees, under %s", async (profile) => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const items = [
        ...generatedTree("tree", profile, seed),
        { path: "beside", type: "file" as const, bytes: Uint8Array.of(1) },
      ];
      // The library takes a backslash at the end of a name for an escape of the slash behind it.
      const tree = items.filter(({ path }) => !path.includes("\\/") && !path.endsWith("\\"));
      const ours = cidsTaken();
      const added = await ourRoot(ours.sink, tree, { profile });
      const theirs = await libraryImport(tree, { profile }, true);
      expect(added).toBe(theirs.roots.at(-1));
      expect(differences(ours.cids, theirs.cids)).toEqual([]);
    }
  });

  // Kubo 0.39 cannot judge these: see generated-tree.ts.
  it.each([
    ["unixfs-v0-2015", "links", 0],
    ["unixfs-v0-2015", "links", 1],
    ["unixfs-v1-2025", "block", 0],
    ["unixfs-v1-2025", "block", 1],
    ["unixfs-v1-2025", "block", 5000],
  ] as const)(
    "of a folder, under %s, of %s bytes %d above the limit",
    async (profile, kind, more) => {
      const names = longNames(profile, kind === "links" ? linksSize : blockSize, LIMIT + more);
      const tree = tinyFiles("folder", names);
      const ours = cidsTaken();
      const added = await ourRoot(ours.sink, tree, { profile });
      const theirs = await libraryImport(tree, { profile }, true);
      expect(added).toBe(theirs.roots.at(-1));
      expect(differences(ours.cids, theirs.cids)).toEqual([]);
      // Plain up to the limit itself: of few different files, that is few blocks.
      expect(ours.cids.size > 100).toBe(more > 0);
    },
  );
});

/** Takes blocks that match their CIDs, and remembers which. */
function cidsTaken() {
  const cids = new Set<string>();
  async function put(cid: CID, bytes: Uint8Array): Promise<void> {
    await verifyBlock(cid, bytes);
    cids.add(cid.toString());
  }
  return { cids, sink: { put } };
}

/** The first few, for there may be hundreds. */
function differences(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): string[] {
  const onlyOurs = [...ours].filter((cid) => !theirs.has(cid));
  const onlyTheirs = [...theirs].filter((cid) => !ours.has(cid));
  return [...onlyOurs, ...onlyTheirs].slice(0, 5);
}

async function ourRoot(
  sink: Parameters<typeof importTree>[0],
  items: readonly TreeItem[],
  settings: ImportSettings,
): Promise<string> {
  let last = "";
  for await (const entry of importTree(sink, asEntries(items, 5), { ...settings, wrap: true })) {
    last = `${entry.path} ${entry.cid.toString()} ${entry.dagSize}`;
  }
  return last;
}

async function libraryImport(
  items: readonly TreeItem[],
  settings: ImportSettings,
  wrapWithDirectory = false,
) {
  const { cidVersion, rawLeaves, chunkBytes, linksPerNode, folderSize } =
    importParameters(settings);
  const { sink, cids } = cidsTaken();
  const parents = new Set(
    items.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf("/")))),
  );
  // A folder with something in it need not be given; it would leave an empty one behind.
  const given = items.filter(({ path, type }) => type !== "directory" || !parents.has(path));
  const candidates = given.map((item) => {
    if (item.type === "file") return { path: item.path, content: [item.bytes] };
    if (item.type === "symlink") return { path: item.path, link: item.target };
    return { path: item.path };
  });
  const storage = {
    async put(cid: CID, bytes: unknown) {
      if (bytes instanceof Uint8Array) await sink.put(cid, bytes);
      return cid;
    },
  };
  const roots: string[] = [];
  for await (const { path, cid, size } of importer(candidates, storage, {
    cidVersion,
    rawLeaves,
    chunker: fixedSize({ chunkSize: chunkBytes }),
    layout: balanced({ maxChildrenPerNode: linksPerNode }),
    shardSplitStrategy: folderSize === "block" ? "block-bytes" : "links-bytes",
    fieldOrder: "links-first",
    wrapWithDirectory,
  })) {
    roots.push(`${path} ${cid.toString()} ${size}`);
  }
  return { roots, cids };
}
