import { CarBlockIterator } from "@ipld/car";
import { type Block, CID, type ImportProfile } from "@ipfs-kit/core";
import {
  collect,
  describeWithKubo,
  type RunningKubo,
  seededBytes,
  startKubo,
} from "@ipfs-kit/testing";
import {
  assertComplete,
  type DirectoryEntry,
  findEntry,
  listDirectory,
  readFile,
  resolvePath,
  statNode,
  walkDag,
  type WalkOptions,
} from "@ipfs-kit/unixfs";
import { exporter, type UnixFSEntry } from "ipfs-unixfs-exporter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { generatedTree, tinyFiles, type TreeItem } from "./generated-tree.ts";
import { KUBO_PROFILES, kuboAdd } from "./kubo-add.ts";
import { MemoryBlocks } from "./memory-blocks.ts";

/** Trees per profile; a long battery sets more. */
const TREES = Number(process.env["UNIXFS_KUBO_TREES"] ?? "12");
const SEED = Number(process.env["UNIXFS_KUBO_SEED"] ?? "1");
const PROFILES: ImportProfile[] = ["unixfs-v1-2025", "unixfs-v0-2015"];

/** What a Kubo made of some items: CIDs by path, and its blocks. */
class KuboTree {
  readonly blocks = new MemoryBlocks();
  readonly cids: ReadonlyMap<string, CID>;
  readonly #kubo: RunningKubo;

  constructor(kubo: RunningKubo, added: ReadonlyMap<string, string>) {
    this.#kubo = kubo;
    this.cids = new Map(
      Array.from(added, ([path, line]) => [path, CID.parse(line.split(" ")[0] ?? "")]),
    );
  }

  cid(path: string): CID {
    const cid = this.cids.get(path);
    if (cid === undefined) throw new Error(`Kubo made no ${path}`);
    return cid;
  }

  /** All blocks under a root as Kubo exports them, in its order; they are here afterwards. */
  async take(root: CID): Promise<string[]> {
    return this.#blocksOf(`${this.#kubo.api}/api/v0/dag/export?arg=${root.toString()}`, {
      method: "POST",
    });
  }

  /** The blocks in a CAR of Kubo's trustless gateway, in its order. */
  async gatewayCar(root: CID, query: string, dups: "y" | "n" = "n"): Promise<string[]> {
    const url = `${this.#kubo.gateway ?? ""}/ipfs/${root.toString()}?format=car${query}`;
    const accept = `application/vnd.ipld.car; version=1; order=dfs; dups=${dups}`;
    return this.#blocksOf(url, { headers: { accept } });
  }

  async #blocksOf(url: string, init: RequestInit): Promise<string[]> {
    const response = await fetch(url, init);
    if (!response.ok || response.body === null) throw new Error(await response.text());
    const order: string[] = [];
    for await (const { cid, bytes } of await CarBlockIterator.fromIterable(response.body)) {
      const own = CID.decode(cid.bytes);
      order.push(own.toString());
      this.blocks.add(own, bytes);
    }
    return order;
  }
}

async function addTo(
  kubo: RunningKubo,
  items: readonly TreeItem[],
  options: Record<string, string> = {},
): Promise<KuboTree> {
  return new KuboTree(kubo, await kuboAdd(kubo.api, items, { "only-hash": "false", ...options }));
}

async function cidsOf(walk: AsyncIterable<Block>): Promise<string[]> {
  const cids: string[] = [];
  for await (const { cid } of walk) cids.push(cid.toString());
  return cids;
}

async function entriesOf(blocks: MemoryBlocks, cid: CID): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for await (const entry of listDirectory(blocks, cid)) entries.push(entry);
  return entries;
}

/** Paths and CIDs of everything under a folder. */
async function everything(blocks: MemoryBlocks, cid: CID, path: string): Promise<string[]> {
  const { type } = await statNode(blocks, cid);
  const own = `${path} ${cid.toString()}`;
  if (type !== "directory") return [own];
  const below: string[] = [];
  for (const entry of await entriesOf(blocks, cid)) {
    below.push(...(await everything(blocks, entry.cid, `${path}/${entry.name}`)));
  }
  return [own, ...below];
}

describeWithKubo("what Kubo made is read as Kubo reads it", () => {
  describe.each(PROFILES)("under %s", (profile) => {
    let kubo: RunningKubo;
    beforeAll(async () => {
      kubo = await startKubo({ config: KUBO_PROFILES[profile], gateway: true });
    }, 60_000);
    afterAll(async () => kubo.stop());

    it(
      `${TREES} trees: listed, found, read, walked`,
      { timeout: 60_000 + TREES * 3_000 },
      async () => {
        for (let seed = SEED * 100_000; seed < SEED * 100_000 + TREES; seed += 1) {
          const items = generatedTree("t", profile, seed);
          const tree = await addTo(kubo, items);
          const root = tree.cid("t");
          const exported = await tree.take(root);
          const { blocks } = tree;

          expect(await cidsOf(walkDag(blocks, root))).toEqual(exported);
          await assertComplete(blocks, root);
          const theirs = Array.from(tree.cids, ([path, cid]) => `${path} ${cid.toString()}`);
          expect((await everything(blocks, root, "t")).toSorted()).toEqual(theirs.toSorted());
          for (const item of items) {
            const names = item.path.split("/").slice(1);
            const { cid, remainder } = await resolvePath(blocks, root, names);
            expect(`${item.path} ${cid.toString()}`).toBe(
              `${item.path} ${tree.cid(item.path).toString()}`,
            );
            expect(remainder).toEqual([]);
            const stat = await statNode(blocks, cid);
            expect(stat.type).toBe(item.type);
            if (item.type !== "file") continue;
            expect(stat.size).toBe(item.bytes.length);
            expect(Buffer.compare(await collect(readFile(blocks, cid, {})), item.bytes)).toBe(0);
          }
        }
      },
    );

    it("gives the blocks of every scope as its gateway does", { timeout: 60_000 }, async () => {
      const names = Array.from({ length: 2_500 }, (_, index) => `${index}`.padStart(120, "n"));
      const tree = await addTo(kubo, [
        { path: "t", type: "directory" },
        { path: "t/a", type: "file", bytes: seededBytes(5_000_000, 1) },
        { path: "t/b", type: "file", bytes: seededBytes(5_000_000, 1) },
        { path: "t/l", type: "symlink", target: "a" },
        ...tinyFiles("t/many", names),
      ]);
      for (const scope of ["block", "entity", "all"] as const) {
        for (const path of ["t", "t/a", "t/l", "t/many"]) {
          const root = tree.cid(path);
          for (const dups of ["n", "y"] as const) {
            const theirs = await tree.gatewayCar(root, `&dag-scope=${scope}`, dups);
            const duplicates = dups === "y";
            const ours = await cidsOf(walkDag(tree.blocks, root, { scope, duplicates }));
            expect(`${path} ${scope} ${dups} ${ours.join()}`).toBe(
              `${path} ${scope} ${dups} ${theirs.join()}`,
            );
          }
        }
      }
    });

    it("gives the blocks of a range as its gateway does", { timeout: 60_000 }, async () => {
      const zeros = new Uint8Array(4_000_000);
      const tree = await addTo(
        kubo,
        [
          { path: "f", type: "file", bytes: Buffer.concat([seededBytes(3_000_017, 2), zeros]) },
          { path: "tiny", type: "file", bytes: seededBytes(11, 2) },
        ],
        { chunker: "size-1024" },
      );
      const ranges: NonNullable<WalkOptions["entityBytes"]>[] = [
        { from: 0, to: "*" },
        { from: 0, to: 0 },
        { from: 1023, to: 1024 },
        { from: 2_000_000, to: 2_500_000 },
        { from: 2_999_000, to: 4_000_000 },
        { from: -1, to: "*" },
        { from: -5_000_000, to: -4_000_000 },
        { from: 499, to: -1000 },
        { from: 6_000_000, to: 99_000_000 },
        { from: -99_000_000, to: 5 },
      ];
      for (const path of ["f", "tiny"]) {
        const root = tree.cid(path);
        await tree.take(root);
        for (const entityBytes of ranges) {
          const { from, to } = entityBytes;
          const query = `&dag-scope=entity&entity-bytes=${from}:${to}`;
          const ours = await cidsOf(walkDag(tree.blocks, root, { scope: "entity", entityBytes }));
          expect(`${query} ${ours.join()}`).toBe(
            `${query} ${(await tree.gatewayCar(root, query)).join()}`,
          );
        }
      }
    });
  });

  it.each([8, 256, 1024])(
    "folders sharded into %d slots, by the second judge as well",
    { timeout: 120_000 },
    async (fanout) => {
      const config = {
        Import: {
          UnixFSHAMTDirectoryMaxFanout: fanout,
          UnixFSHAMTDirectorySizeThreshold: "1B",
        },
      };
      await using kubo = await startKubo({ config });
      const names = Array.from(
        { length: 800 },
        (_, index) => `${index} ☂ ${"x".repeat(index % 50)}`,
      );
      const tree = await addTo(kubo, tinyFiles("t", names));
      const root = tree.cid("t");
      const exported = await tree.take(root);
      const { blocks } = tree;
      expect(await cidsOf(walkDag(blocks, root))).toEqual(exported);
      const entries = await entriesOf(blocks, root);
      expect(entries.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
      for (const name of names) {
        expect((await findEntry(blocks, root, name))?.cid).toEqual(tree.cid(`t/${name}`));
      }
      for (const name of ["", "0", "no such name", "0 ☂", "00", "FF"]) {
        expect(await findEntry(blocks, root, name)).toBeUndefined();
      }
      const { via } = await resolvePath(blocks, root, [names[0] ?? ""]);
      const alone = new MemoryBlocks();
      for (const cid of via) alone.add(cid, await blocks.get(cid));
      expect((await resolvePath(alone, root, [names[0] ?? ""])).cid).toEqual(
        tree.cid(`t/${names[0]}`),
      );
      expect(await listedByExporter(blocks, root)).toEqual(
        entries.map(({ name, cid }) => `${name} ${cid.toString()}`),
      );
    },
  );

  it("dag-cbor and dag-json: links, paths into the data, order", { timeout: 60_000 }, async () => {
    await using kubo = await startKubo();
    const tree = new KuboTree(kubo, new Map());
    const put = async (codec: string, value: unknown) => {
      const args = ["dag", "put", "--store-codec", codec, "--input-codec", "dag-json"];
      const text = await kubo.run(args, { input: JSON.stringify(value) });
      return text.trim();
    };
    const leaf = await put("dag-cbor", { deep: { list: [1, 2.5, null, "text"] } });
    const raw = (await kubo.run(["block", "put"], { input: "raw bytes" })).trim();
    const inner = await put("dag-json", {
      "a/b": 1,
      'quo"te': link(leaf),
      nested: [[link(raw)], { x: link(leaf), bytes: { "/": { bytes: "AQID" } } }],
    });
    const root = await put("dag-cbor", {
      z: link(inner),
      list: [link(raw), { again: link(inner), leaf: link(leaf) }],
      __proto__x: link(raw),
      bytes: { "/": { bytes: "AQID" } },
      number: -12_345_678_901,
    });
    const cid = CID.parse(root);
    expect(await cidsOf(walkDag(tree.blocks, cid)).catch(() => [])).toEqual([]);
    expect(await tree.take(cid)).toEqual(await cidsOf(walkDag(tree.blocks, cid)));
    for (const path of [
      "z",
      "z/nested/0/0",
      "z/nested/1/x/deep/list/3",
      "z/nested/1/bytes",
      'z/quo"te/deep',
      "list/0",
      "list/1/again/nested/0/0",
      "list/1",
      "number",
      "bytes",
      "__proto__x",
    ]) {
      const theirs = await kubo.run(["dag", "resolve", `${root}/${path}`]);
      const found = await resolvePath(tree.blocks, cid, path.split("/"));
      expect([found.cid.toString(), ...found.remainder].join("/")).toBe(theirs.trim());
    }
    for (const path of ["y", "list/2", "list/-1", "number/1", "z/nested/0/0/x", "__proto__"]) {
      await expect(resolvePath(tree.blocks, cid, path.split("/"))).rejects.toMatchObject({
        code: "not_found",
        details: { name: path.split("/").at(-1) },
      });
      await expect(kubo.run(["dag", "resolve", `${root}/${path}`])).rejects.toThrow("Error:");
    }
  });
});

/** How dag-json writes a link. */
function link(cid: string) {
  return { "/": cid };
}

async function listedByExporter(blocks: MemoryBlocks, root: CID): Promise<string[]> {
  const store = {
    async *get(cid: CID) {
      yield await blocks.get(cid);
    },
  };
  const folder: UnixFSEntry = await exporter(root, store);
  const names: string[] = [];
  if (folder.type !== "directory") throw new Error("The judge sees no folder.");
  for await (const { name, cid } of folder.entries()) names.push(`${name} ${cid.toString()}`);
  return names;
}
