import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { noopLogger } from "@ipfs-kit/core";
import { collect, describeContentStore, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { CachedRepository } from "../src/content/cached-repository.ts";
import { DiskCache } from "../src/content/disk-cache.ts";
import { MemoryCache } from "../src/content/memory-cache.ts";

/** An embedded store with both caches in front, small enough to let go of things all the time. */
async function open() {
  const folder = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
  const store = createEmbeddedStore({ directory: join(folder, "content") });
  const memory = new MemoryCache(4 * 1024 * 1024);
  const disk = new DiskCache({
    directory: join(folder, "cache"),
    maxBytes: 8 * 1024 * 1024,
    logger: noopLogger,
  });
  await store.start();
  await disk.start();
  return {
    inner: store,
    memory,
    disk,
    repository: new CachedRepository(store, [memory, disk]),
    dispose: async () => {
      await disk.stop();
      await store.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describeContentStore("a repository behind caches", async () => {
  const { repository, dispose } = await open();
  return { store: repository, repository, dispose };
});

describe("what was collected as garbage", () => {
  it("is in no cache any more, however it was read", async () => {
    const { repository, memory, disk, dispose } = await open();
    try {
      const bytes = seededBytes(3_000_000, 1);
      const { cid } = await repository.add(inPieces(bytes, 65_536));
      await collect(repository.read(cid));
      await repository.unpin(cid);
      let removed = 0;
      for await (const gone of repository.collectGarbage()) {
        removed += 1;
        expect(memory.has(gone) || disk.has(gone)).toBe(false);
      }
      expect(removed).toBe(4);
      expect(await repository.blocks.has(cid)).toBe(false);
      await expect(repository.stat(cid)).rejects.toMatchObject({ code: "not_found" });
      expect([memory.stats().entries, disk.stats().entries]).toEqual([0, 0]);
    } finally {
      await dispose();
    }
  });

  it("is in no cache either when the collection was cut short", async () => {
    const { repository, memory, disk, dispose } = await open();
    try {
      const { cid } = await repository.add(inPieces(seededBytes(3_000_000, 2), 65_536));
      await collect(repository.read(cid));
      await repository.unpin(cid);
      for await (const gone of repository.collectGarbage()) {
        expect(gone.bytes.length).toBeGreaterThan(0);
        break;
      }
      expect([memory.stats().entries, disk.stats().entries]).toEqual([0, 0]);
    } finally {
      await dispose();
    }
  });
});

describe("a read through caches", () => {
  it("costs the store nothing the second time", async () => {
    const { repository, inner, memory, dispose } = await open();
    try {
      const bytes = seededBytes(2_500_000, 3);
      const { cid } = await repository.add(inPieces(bytes, 65_536));
      expect(Buffer.compare(await collect(repository.read(cid)), bytes)).toBe(0);
      const { hits } = memory.stats();
      await inner.stop();
      expect(Buffer.compare(await collect(repository.read(cid)), bytes)).toBe(0);
      expect(memory.stats().hits).toBeGreaterThan(hits);
      await inner.start();
    } finally {
      await dispose();
    }
  });
});
