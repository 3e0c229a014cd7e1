import {
  type AddedEntry,
  type AddTreeOptions,
  type CID,
  type ContentRepository,
  errorCodeOf,
  IpfsKitError,
  type TreeEntry,
} from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import type { ContentStoreFixture } from "./describe-content-store.ts";
import { carOf, directoryBlock, rawBlock } from "./hand-made-dags.ts";
import { repositoryOf } from "./repository-of.ts";
import { collect, inPieces, seededBytes } from "./seeded.ts";

const PROFILES = ["unixfs-v1-2025", "unixfs-v0-2015"] as const;
const MIB = 1024 * 1024;

const FILES: Readonly<Record<string, Uint8Array>> = {
  "site/index.html": Buffer.from("<!doctype html><p>hello"),
  "site/css/main.css": Buffer.from("p { color: red }"),
  "site/empty": new Uint8Array(0),
  "site/media/large.bin": seededBytes(2 * MIB + 333, 21),
  "site/media/copy.bin": seededBytes(2 * MIB + 333, 21),
};

/** What every repository keeps to beyond a store: folders, archives, kinds of pins. */
export function describeContentRepository(fixture: () => ContentStoreFixture): void {
  describe("folders", () => {
    it.for(PROFILES)("are taken in whole under %s", async (profile, context) => {
      const repository = repositoryOf(fixture(), context);
      const entries = await add(repository, treeOf(FILES), { profile });
      const root = rootOf(entries);
      expect(entries.map(({ path }) => path).toSorted()).toEqual(
        [...Object.keys(FILES), "site", "site/css", "site/media"].toSorted(),
      );
      for (const { path, cid, type, size } of entries) {
        const bytes = FILES[path];
        expect({ path, type }).toEqual({ path, type: bytes === undefined ? "directory" : "file" });
        if (bytes === undefined) continue;
        const read = await collect(repository.read(cid));
        const isWhole = Buffer.from(bytes).equals(read);
        expect({ path, size, isWhole }).toEqual({ path, size: bytes.length, isWhole: true });
      }
      const total = Object.values(FILES).reduce((sum, { length }) => sum + length, 0);
      expect(root).toMatchObject({ path: "site", type: "directory", size: total });
      expect(root.dagSize).toBeGreaterThan(2 * MIB);
      expect(root.cid.version).toBe(profile === "unixfs-v0-2015" ? 0 : 1);
      expect(await repository.stat(root.cid)).toMatchObject({ type: "directory" });
      expect(await repository.findPin(root.cid)).toMatchObject({ kind: "recursive", name: "site" });
      expect((await repository.listPins()).pins).toHaveLength(1);
    });

    it.for(PROFILES)("have the CIDs that are named before under %s", async (profile, context) => {
      const repository = repositoryOf(fixture(), context);
      const named = rootOf(await add(repository, treeOf(FILES), { profile, onlyHash: true }));
      expect(await repository.blocks.has(named.cid)).toBe(false);
      expect((await repository.listPins()).pins).toEqual([]);
      const kept = rootOf(await add(repository, treeOf(FILES), { profile }));
      expect(kept.cid.toString()).toBe(named.cid.toString());
    });

    it("are put under one without a name when that is asked for", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const files = { "a.txt": Buffer.from("a"), "b/c.txt": Buffer.from("c") };
      const entries = await add(repository, treeOf(files), { wrap: true, name: "both" });
      const root = rootOf(entries);
      expect(root).toMatchObject({ path: "", type: "directory", size: 2 });
      expect(entries.map(({ path }) => path).toSorted()).toEqual(["", "a.txt", "b", "b/c.txt"]);
      expect((await repository.listPins()).pins).toMatchObject([{ name: "both" }]);
    });

    it("are each a root when there are several, and not kept when that is not wanted", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const files = { "a.txt": Buffer.from("a"), "b/c.txt": Buffer.from("c") };
      const loose = await add(repository, treeOf(files), { pin: false });
      expect((await repository.listPins()).pins).toEqual([]);
      const entries = await add(repository, treeOf(files));
      expect(entries.map(textOf).toSorted()).toEqual(loose.map(textOf).toSorted());
      const roots = entries.filter(({ path }) => !path.includes("/"));
      expect(roots).toHaveLength(2);
      for (const { cid, path } of roots) {
        expect(await repository.findPin(cid)).toMatchObject({ kind: "recursive", name: path });
      }
    });

    it("may hold symbolic links", async (context) => {
      const repository = repositoryOf(fixture(), context, "symlinks");
      const [link] = await add(repository, symlink());
      expect(link).toMatchObject({ path: "folder/link", type: "symlink" });
      expect(await repository.stat(rootOf([link]).cid)).toMatchObject({ type: "symlink" });
    });

    it("are told file by file while the source still runs", async (context) => {
      const repository = repositoryOf(fixture(), context, "entries_as_they_come");
      const { promise: told, resolve: tell } = Promise.withResolvers<void>();
      async function* source(): AsyncGenerator<TreeEntry> {
        yield { path: "folder/first", content: inPieces(seededBytes(1000, 1), 100) };
        await told;
        yield { path: "folder/second", content: inPieces(seededBytes(1000, 2), 100) };
      }
      const paths: string[] = [];
      for await (const { path } of repository.addTree(source())) {
        paths.push(path);
        tell();
      }
      expect(paths).toEqual(["folder/first", "folder/second", "folder"]);
    });

    it("are not kept when the source fails, and the reason is told", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const failure = new IpfsKitError("unavailable", "The source went away.");
      async function* source(): AsyncGenerator<TreeEntry> {
        yield { path: "top", content: inPieces(seededBytes(5000, 3), 1000) };
        yield { path: "folder/first", content: inPieces(seededBytes(5000, 4), 1000) };
        throw failure;
      }
      await expect(add(repository, source())).rejects.toBe(failure);
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield seededBytes(5000, 5);
        throw failure;
      }
      async function* sourceOfFailing(): AsyncGenerator<TreeEntry> {
        yield { path: "folder/first", content: inPieces(seededBytes(5000, 4), 1000) };
        yield { path: "folder/failing", content: failing() };
      }
      await expect(add(repository, sourceOfFailing())).rejects.toBe(failure);
      expect((await repository.listPins()).pins).toEqual([]);
    });

    it("are not kept when they are cancelled, or their reader leaves", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const controller = new AbortController();
      async function* source(): AsyncGenerator<TreeEntry> {
        yield { path: "folder/first", content: inPieces(seededBytes(5000, 6), 1000) };
        controller.abort();
        yield { path: "folder/second", content: inPieces(seededBytes(5000, 7), 1000) };
      }
      const { signal } = controller;
      await expect(add(repository, source(), { signal })).rejects.toMatchObject({
        code: "aborted",
      });
      for await (const entry of repository.addTree(treeOf(FILES))) {
        expect(entry.path).toContain("site/");
        break;
      }
      expect((await repository.listPins()).pins).toEqual([]);
    });

    it.for(["../up", "/absolute", "a//b", "a/./b", "a/../b", "", "a/"])(
      "refuse the path %o",
      async (path, context) => {
        const repository = repositoryOf(fixture(), context);
        const added = add(repository, treeOf({ [path]: Buffer.from("x") }));
        await expect(added).rejects.toMatchObject({ code: "invalid_request" });
        expect((await repository.listPins()).pins).toEqual([]);
      },
    );

    it("refuse a path that comes twice, and a file that is a folder too", async (context) => {
      const repository = repositoryOf(fixture(), context);
      for (const paths of ["a/b a/b", "a a/b", "a/b a"]) {
        async function* source(): AsyncGenerator<TreeEntry> {
          for (const path of paths.split(" ")) {
            yield { path, content: inPieces(Buffer.from(path), 10) };
          }
        }
        const outcome = await add(repository, source()).then(() => "ok", errorCodeOf);
        expect({ paths, outcome }).toEqual({ paths, outcome: "invalid_request" });
      }
      expect((await repository.listPins()).pins).toEqual([]);
    });
  });

  describe("archives", () => {
    const leaves = [1, 2, 3].map((seed) => rawBlock(seededBytes(3000 * seed, seed)));
    const inner = directoryBlock(leaves.slice(0, 2).map(({ cid }) => cid));
    const top = directoryBlock([inner, ...leaves.slice(2)].map(({ cid }) => cid));
    const blocks = [top, inner, ...leaves];

    it("are taken in, and their roots pinned", async (context) => {
      const repository = repositoryOf(fixture(), context);
      for (let round = 0; round < 2; round += 1) {
        const imported = await repository.importCar(inPieces(carOf([top.cid], blocks), 777));
        expect(imported.roots.map(({ cid }) => cid.toString())).toEqual([top.cid.toString()]);
        expect(imported.roots[0]?.pinError).toBeUndefined();
        expect(imported.blocks).toBe(blocks.length);
        const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
        expect(imported.bytes).toBe(bytes);
      }
      for (const { cid, bytes } of blocks) {
        expect(Buffer.from(bytes).equals(await repository.blocks.get(cid))).toBe(true);
      }
      expect(await repository.findPin(top.cid)).toMatchObject({ kind: "recursive" });
    });

    it("are not pinned when that is not wanted", async (context) => {
      const repository = repositoryOf(fixture(), context);
      await repository.importCar(inPieces(carOf([top.cid], blocks), 5000), { pin: false });
      expect(await repository.blocks.has(top.cid)).toBe(true);
      expect((await repository.listPins()).pins).toEqual([]);
    });

    it("say of each root why it was not pinned", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const car = carOf([top.cid, inner.cid], [inner, ...leaves.slice(0, 2), top]);
      const { roots } = await repository.importCar(inPieces(car, 5000));
      expect(roots).toHaveLength(2);
      expect(roots[0]?.pinError).toMatchObject({ code: "not_found" });
      expect(roots[1]?.pinError).toBeUndefined();
      expect(await repository.findPin(top.cid)).toBeUndefined();
      expect(await repository.findPin(inner.cid)).toBeDefined();
    });

    it("are refused when they are cut short, damaged, or none", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const whole = carOf([top.cid], blocks);
      const damaged = Uint8Array.from(whole);
      damaged[damaged.length - 5] = (damaged.at(-5) ?? 0) ^ 1;
      for (const [car, code] of [
        [whole.subarray(0, -10), "invalid_request"],
        [seededBytes(5000, 1), "invalid_request"],
        [damaged, "integrity"],
      ] as const) {
        await expect(repository.importCar(inPieces(car, 1000))).rejects.toMatchObject({ code });
      }
      expect((await repository.listPins()).pins).toEqual([]);
    });
  });

  describe("kinds of pins", () => {
    it("are told apart in lists, page by page", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const cids = [10, 11, 12, 13, 14].map((seed) => rawBlock(seededBytes(500, seed)));
      for (const [index, { cid, bytes }] of cids.entries()) {
        await repository.blocks.put(cid, bytes);
        await repository.pin(cid, { kind: index % 2 === 0 ? "direct" : "recursive" });
      }
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await repository.listPins({
          kind: "direct",
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        });
        expect(page.pins.every(({ kind }) => kind === "direct")).toBe(true);
        found.push(...page.pins.map(({ cid }) => cid.toString()));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      const direct = [cids[0], cids[2], cids[4]].map((block) => String(block?.cid));
      expect(found.toSorted()).toEqual(direct.toSorted());
      expect((await repository.listPins({ kind: "recursive" })).pins).toHaveLength(2);
      expect((await repository.listPins()).pins).toHaveLength(5);
    });

    it("become recursive, and not direct again", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const { root } = await putFolder(repository);
      await repository.pin(root, { kind: "direct", name: "mine" });
      expect(await repository.findPin(root)).toMatchObject({ kind: "direct", name: "mine" });
      await repository.pin(root);
      expect(await repository.findPin(root)).toMatchObject({ kind: "recursive", name: "mine" });
      const back = repository.pin(root, { kind: "direct" });
      await expect(back).rejects.toMatchObject({ code: "invalid_state" });
      expect((await repository.listPins()).pins).toHaveLength(1);
    });

    it("ask for what they cover, and no more", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const root = directoryBlock([rawBlock(seededBytes(2000, 9)).cid]);
      await repository.blocks.put(root.cid, root.bytes);
      await expect(repository.pin(root.cid)).rejects.toMatchObject({ code: "not_found" });
      expect(await repository.findPin(root.cid)).toBeUndefined();
      await repository.pin(root.cid, { kind: "direct" });
      expect(await repository.findPin(root.cid)).toMatchObject({ kind: "direct" });
    });

    it("keep their blocks from being deleted, those they cover too", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const { root, leaf } = await putFolder(repository);
      const refused = { code: "invalid_state" };
      await repository.pin(root);
      await expect(repository.blocks.delete(root)).rejects.toMatchObject(refused);
      await expect(repository.blocks.delete(leaf)).rejects.toMatchObject(refused);
      await repository.unpin(root);
      await repository.pin(root, { kind: "direct" });
      await expect(repository.blocks.delete(root)).rejects.toMatchObject(refused);
      await repository.blocks.delete(leaf);
      expect(await repository.blocks.has(leaf)).toBe(false);
      expect(await repository.blocks.has(root)).toBe(true);
      await repository.unpin(root);
      await repository.blocks.delete(root);
      for (const cid of [root, leaf]) {
        await expect(repository.blocks.delete(cid)).rejects.toMatchObject({ code: "not_found" });
        await expect(repository.blocks.get(cid)).rejects.toMatchObject({ code: "not_found" });
      }
    });
  });

  describe("stats", () => {
    it("say where everything is and what it takes", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const before = await repository.stats();
      expect(before.location).not.toBe("");
      await repository.add(inPieces(seededBytes(3 * MIB, 30), MIB));
      const after = await repository.stats();
      expect(after.bytes - before.bytes).toBeGreaterThanOrEqual(3 * MIB);
      expect(after.blocks ?? 4).toBeGreaterThan(before.blocks ?? 0);
    });
  });
}

async function add(
  repository: ContentRepository,
  entries: AsyncIterable<TreeEntry>,
  options?: AddTreeOptions,
): Promise<AddedEntry[]> {
  const added: AddedEntry[] = [];
  for await (const entry of repository.addTree(entries, options)) added.push(entry);
  return added;
}

async function* symlink(): AsyncGenerator<TreeEntry> {
  yield { path: "folder/link", content: { symlink: "../elsewhere" } };
}

/** A folder with one leaf, pinned by nothing. */
async function putFolder(repository: ContentRepository): Promise<{ root: CID; leaf: CID }> {
  const leaf = rawBlock(seededBytes(2000, 8));
  const root = directoryBlock([leaf.cid]);
  for (const { cid, bytes } of [leaf, root]) await repository.blocks.put(cid, bytes);
  return { root: root.cid, leaf: leaf.cid };
}

async function* treeOf(files: Readonly<Record<string, Uint8Array>>): AsyncGenerator<TreeEntry> {
  for (const [path, bytes] of Object.entries(files)) {
    yield { path, content: inPieces(bytes, 100_000) };
  }
}

/** The last, which is to be the root. */
function rootOf(entries: readonly (AddedEntry | undefined)[]): AddedEntry {
  const root = entries.at(-1);
  if (root === undefined) throw new Error("Nothing was told of the tree.");
  return root;
}

function textOf({ path, cid }: AddedEntry): string {
  return `${path} ${cid.toString()}`;
}
