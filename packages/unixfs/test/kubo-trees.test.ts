import type { ImportProfile, ImportSettings } from "@ipfs-kit/core";
import { describeWithKubo, type RunningKubo, seededBytes, startKubo } from "@ipfs-kit/testing";
import { discardingSink, importTree } from "@ipfs-kit/unixfs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { asEntries, fullFolder, generatedTree, type TreeItem } from "./generated-tree.ts";
import { KUBO_PROFILES, kuboAdd } from "./kubo-add.ts";

/** Trees per profile; a long battery sets more. */
const TREES = Number(process.env["UNIXFS_KUBO_TREES"] ?? "40");
const SEED = Number(process.env["UNIXFS_KUBO_SEED"] ?? "1");
const TREES_PER_CALL = 10;

describeWithKubo("CIDs and sizes are those of Kubo", () => {
  const profiles: ImportProfile[] = ["unixfs-v1-2025", "unixfs-v0-2015"];
  describe.each(profiles)("under %s", { timeout: 60_000 }, (profile) => {
    let kubo: RunningKubo;
    beforeAll(async () => {
      kubo = await startKubo({ config: KUBO_PROFILES[profile] });
    }, 60_000);
    afterAll(async () => kubo.stop());

    it(`for ${TREES} trees`, { timeout: 30_000 + TREES * 2_000 }, async () => {
      let entries = 0;
      for (let first = 0; first < TREES; first += TREES_PER_CALL) {
        const count = Math.min(TREES_PER_CALL, TREES - first);
        const seeds = Array.from({ length: count }, (_, index) => SEED * 100_000 + first + index);
        const items = seeds.flatMap((seed) => generatedTree(`tree ${seed}`, profile, seed));
        const theirs = await kuboAdd(kubo.api, items);
        expect(theirs.size).toBe(items.length);
        expect(differences(await ourAdd(items, { profile }), theirs)).toEqual([]);
        entries += items.length;
      }
      expect(entries).toBeGreaterThan(TREES);
    });

    it.each<[ImportSettings, Record<string, string>]>([
      [{ cidVersion: 0 }, { "cid-version": "0", "raw-leaves": "false" }],
      [{ cidVersion: 1 }, { "cid-version": "1", "raw-leaves": "true" }],
      [
        { cidVersion: 0, rawLeaves: true },
        { "cid-version": "0", "raw-leaves": "true" },
      ],
      [
        { cidVersion: 1, rawLeaves: false },
        { "cid-version": "1", "raw-leaves": "false" },
      ],
    ])("with %j", async (settings, options) => {
      const items = [1, 4, 7, 8].flatMap((seed) => generatedTree(`tree ${seed}`, profile, seed));
      const theirs = await kuboAdd(kubo.api, items, options);
      expect(differences(await ourAdd(items, { profile, ...settings }), theirs)).toEqual([]);
    });

    it("for folders around the limit where they are sharded", async () => {
      const items = [0, 1, 2, 3].flatMap((kind) => fullFolder(`folder ${kind}`, profile, kind));
      const theirs = await kuboAdd(kubo.api, items);
      expect(differences(await ourAdd(items, { profile }), theirs)).toEqual([]);
    });

    it("for files of several levels", { timeout: 120_000 }, async () => {
      const [chunkBytes, width] = [32, profile === "unixfs-v1-2025" ? 1024 : 174];
      const leaves = [1, 2, width - 1, width, width + 1, 2 * width];
      // A million leaves take half a minute.
      if (width < 200 || TREES >= 1000) leaves.push(width * width, width * width + 1);
      const items = leaves.flatMap((count): TreeItem[] => [
        { path: `${count}`, type: "file", bytes: seededBytes(count * chunkBytes, count) },
        { path: `${count}+1`, type: "file", bytes: seededBytes(count * chunkBytes + 1, count) },
      ]);
      const theirs = await kuboAdd(kubo.api, items, { chunker: `size-${chunkBytes}` });
      expect(differences(await ourAdd(items, { profile, chunkBytes }), theirs)).toEqual([]);
    });
  });
});

/** CID and size by path. */
async function ourAdd(
  items: readonly TreeItem[],
  settings: ImportSettings,
): Promise<Map<string, string>> {
  const added = new Map<string, string>();
  for await (const entry of importTree(discardingSink, asEntries(items, 1), settings)) {
    added.set(entry.path, `${entry.cid.toString()} ${entry.dagSize}`);
  }
  return added;
}

/** The first few, for there may be thousands. */
function differences(ours: Map<string, string>, theirs: Map<string, string>): string[] {
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])];
  return paths
    .filter((path) => ours.get(path) !== theirs.get(path))
    .map((path) => `${path}: ${ours.get(path)}, Kubo has ${theirs.get(path)}`)
    .slice(0, 5);
}
