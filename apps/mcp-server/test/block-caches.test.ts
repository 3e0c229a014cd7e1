import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { noopLogger, UnavailableError } from "@ipfs-kit/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { BlockCache } from "../src/content/block-cache.ts";
import { CachedBlocks } from "../src/content/cached-blocks.ts";
import { DiskCache } from "../src/content/disk-cache.ts";
import { MemoryCache } from "../src/content/memory-cache.ts";
import { MemoryBlocks, rawBlock } from "./support/blocks.ts";

let folder: string;
let disk: DiskCache;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
  disk = await openDisk();
});

afterEach(async () => {
  await disk.stop();
  await rm(folder, { recursive: true, force: true });
});

async function openDisk(maxBytes = 1024 * 1024): Promise<DiskCache> {
  const cache = new DiskCache({ directory: join(folder, "cache"), maxBytes, logger: noopLogger });
  await cache.start();
  return cache;
}

/** Stops the disk cache, so that all is written, and opens it anew. */
async function reopen(maxBytes?: number): Promise<void> {
  await disk.stop();
  disk = await openDisk(maxBytes);
}

async function files(): Promise<string[]> {
  const names = await readdir(join(folder, "cache"), { recursive: true, withFileTypes: true });
  return names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name));
}

/** Blocks with both caches in front, the disk with what it has. */
function openBlocks() {
  const source = new MemoryBlocks();
  const memory = new MemoryCache(1024 * 1024);
  return { source, memory, blocks: new CachedBlocks(source, [memory, disk]) };
}

const hello = rawBlock("hello");

describe.each([
  ["memory", (): BlockCache => new MemoryCache(1024 * 1024)],
  ["disk", (): BlockCache => disk],
] as const)("a cache on %s", (_name, open) => {
  it("gives what it was given, as often as asked, and counts", async () => {
    const cache = open();
    expect(await cache.get(hello.cid)).toBeUndefined();
    cache.put(hello.cid, hello.bytes);
    for (let time = 0; time < 3; time += 1) {
      expect(Buffer.from((await cache.get(hello.cid)) ?? []).toString()).toBe("hello");
    }
    expect(cache.has(hello.cid)).toBe(true);
    expect(cache.stats()).toMatchObject({
      hits: 3,
      misses: 1,
      entries: 1,
      evictions: 0,
      faults: 0,
    });
    expect(cache.stats().bytes).toBeGreaterThan(hello.bytes.length);
  });

  it("is not changed by what its givers and takers do with the bytes", async () => {
    const cache = open();
    const given = Buffer.from("hello");
    cache.put(hello.cid, given);
    given.fill(0);
    (await cache.get(hello.cid))?.fill(0);
    expect(Buffer.from((await cache.get(hello.cid)) ?? []).toString()).toBe("hello");
  });

  it("forgets at once what is deleted, also on its way in", async () => {
    const cache = open();
    cache.put(hello.cid, hello.bytes);
    cache.delete(hello.cid);
    expect(await cache.get(hello.cid)).toBeUndefined();
    expect(cache.has(hello.cid)).toBe(false);
    cache.put(hello.cid, hello.bytes);
    cache.clear();
    expect(await cache.get(hello.cid)).toBeUndefined();
    expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
  });

  it("stays within its room", async () => {
    const cache = open();
    for (let count = 0; count < 2_000; count += 1) {
      const { cid, bytes } = rawBlock(`${count} ${"x".repeat(2_000)}`);
      cache.put(cid, bytes);
    }
    const { bytes, maxBytes, entries, evictions } = cache.stats();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(maxBytes / 2);
    expect(entries + evictions).toBe(2_000);
  });
});

describe("a cache on disk", () => {
  it("has after a restart what it had before, and nothing else in its folder", async () => {
    disk.put(hello.cid, hello.bytes);
    await writeFile(join(folder, "cache", "unfinished.part"), "x");
    await writeFile(join(folder, "cache", "cd"), "a file where a folder belongs");
    await reopen();
    expect(Buffer.from((await disk.get(hello.cid)) ?? []).toString()).toBe("hello");
    const other = join(folder, "cache", "ab");
    await mkdir(other);
    await writeFile(join(other, "not-ours"), "x");
    await reopen();
    expect(await files()).toHaveLength(1);
  });

  it("removes the files of what it lets go", async () => {
    disk.put(hello.cid, hello.bytes);
    await reopen();
    expect(await files()).toHaveLength(1);
    disk.delete(hello.cid);
    await reopen();
    expect(await files()).toEqual([]);
    disk.put(hello.cid, hello.bytes);
    disk.delete(hello.cid);
    await reopen();
    expect(await files()).toEqual([]);
  });

  it("takes over no more than there is room for when it was made smaller", async () => {
    const blocks = Array.from({ length: 20 }, (_, index) => rawBlock(`block ${index}`));
    for (const { cid, bytes } of blocks) disk.put(cid, bytes);
    await reopen(10 * 5_000);
    expect(disk.stats().entries).toBe(10);
    await disk.stop();
    expect(await files()).toHaveLength(10);
  });

  it.each([
    ["one flipped bit", async (path: string) => writeFile(path, flipped(await readFile(path)))],
    ["a file cut short", async (path: string) => truncate(path, 2)],
    ["a file of zeros", async (path: string) => writeFile(path, Buffer.alloc(5))],
    ["no file", async (path: string) => rm(path)],
  ])("serves nothing from %s, and gets over it", async (_damage, damage) => {
    disk.put(hello.cid, hello.bytes);
    await reopen();
    const [path = ""] = await files();
    await damage(path);
    expect(await disk.get(hello.cid)).toBeUndefined();
    expect(disk.stats()).toMatchObject({ faults: 1, entries: 0 });
    disk.put(hello.cid, hello.bytes);
    await reopen();
    expect(Buffer.from((await disk.get(hello.cid)) ?? []).toString()).toBe("hello");
  });

  it("goes on as if it were not there when it cannot write", async () => {
    await rm(join(folder, "cache"), { recursive: true });
    await writeFile(join(folder, "cache"), "a file in the way");
    disk.put(hello.cid, hello.bytes);
    await disk.stop();
    expect(disk.stats()).toMatchObject({ faults: 1 });
    expect(disk.lastFault).toBe("unavailable");
    expect(await disk.get(hello.cid)).toBeUndefined();
    await rm(join(folder, "cache"));
  });
});

describe("blocks behind caches", () => {
  it("are asked for once", async () => {
    const { source, blocks } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    for (let time = 0; time < 3; time += 1) await blocks.get(hello.cid);
    expect(source.asked).toBe(1);
  });

  it("are asked for once by many at the same time, who each get bytes of their own", async () => {
    const { source, blocks } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    const gate = Promise.withResolvers<void>();
    source.gate = gate.promise;
    const reads = Array.from({ length: 10 }, async () => blocks.get(hello.cid));
    await expect.poll(() => source.asked).toBe(1);
    gate.resolve();
    for (const bytes of await Promise.all(reads)) {
      expect(Buffer.from(bytes).toString()).toBe("hello");
      bytes.fill(0);
    }
    expect(source.asked).toBe(1);
    expect(Buffer.from(await blocks.get(hello.cid)).toString()).toBe("hello");
  });

  it("are not waited for by one who has left, and are for those who stay", async () => {
    const { source, blocks } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    const gate = Promise.withResolvers<void>();
    source.gate = gate.promise;
    const leaving = new AbortController();
    const gone = blocks.get(hello.cid, { signal: leaving.signal });
    const staying = blocks.get(hello.cid);
    await expect.poll(() => source.asked).toBe(1);
    leaving.abort(new Error("left"));
    await expect(gone).rejects.toMatchObject({ code: "aborted" });
    gate.resolve();
    expect(Buffer.from(await staying).toString()).toBe("hello");
  });

  it("are there while their source is not, once they were read", async () => {
    const { source, blocks } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    await blocks.get(hello.cid);
    source.failure = new UnavailableError("Kubo is down.");
    expect(Buffer.from(await blocks.get(hello.cid)).toString()).toBe("hello");
    expect(await blocks.has(hello.cid)).toBe(true);
    const other = rawBlock("other");
    await expect(blocks.get(other.cid)).rejects.toMatchObject({ code: "unavailable" });
    await expect(blocks.has(other.cid)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("are there while their source says nothing", async () => {
    const { source, memory } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    const blocks = new CachedBlocks(source, [memory], 5);
    await blocks.get(hello.cid);
    source.has = async () => new Promise(() => {});
    expect(await blocks.has(hello.cid)).toBe(true);
  });

  it("are not kept when they are deleted while a slower cache gives them", async () => {
    const { source, memory } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    const slow = new MemoryCache(1024);
    const blocks = new CachedBlocks(source, [memory, slow]);
    slow.get = async () => {
      await blocks.delete(hello.cid);
      return hello.bytes;
    };
    await blocks.get(hello.cid);
    expect(memory.has(hello.cid)).toBe(false);
  });

  it("come from the disk after a restart, and are then in memory too", async () => {
    const first = openBlocks();
    await first.source.put(hello.cid, hello.bytes);
    await first.blocks.get(hello.cid);
    await reopen();
    const { blocks, memory, source } = openBlocks();
    expect(Buffer.from(await blocks.get(hello.cid)).toString()).toBe("hello");
    expect(memory.has(hello.cid)).toBe(true);
    expect(source.asked).toBe(0);
  });

  it("are gone once they are deleted, and held no more", async () => {
    const { source, blocks } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    await blocks.get(hello.cid);
    await blocks.delete(hello.cid);
    expect(await blocks.has(hello.cid)).toBe(false);
    await expect(blocks.get(hello.cid)).rejects.toMatchObject({ code: "not_found" });
  });

  it("are not kept when they are deleted while they are read", async () => {
    const { source, blocks, memory } = openBlocks();
    await source.put(hello.cid, hello.bytes);
    const gate = Promise.withResolvers<void>();
    source.gate = gate.promise;
    const before = blocks.get(hello.cid);
    await expect.poll(() => source.asked).toBe(1);
    await blocks.delete(hello.cid);
    const after = blocks.get(hello.cid);
    gate.resolve();
    expect(Buffer.from(await before).toString()).toBe("hello");
    await expect(after).rejects.toMatchObject({ code: "not_found" });
    expect(memory.has(hello.cid) || disk.has(hello.cid)).toBe(false);
  });
});

function flipped(bytes: Buffer): Buffer {
  bytes[1] = (bytes[1] ?? 0) ^ 4;
  return bytes;
}
