import { type AbortOptions, type Blocks, type CID, errorCodeOf } from "@ipfs-kit/core";

import { type BlockCache, cacheKey } from "./block-cache.ts";
import { SharedFetches } from "./shared-fetches.ts";

/** A CID that carries its bytes. */
const IDENTITY = 0x00;
/** What a source says that is out of reach, as against one that has looked. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(["unavailable", "timeout"]);

/**
 * Blocks with caches in front, the quickest first. What is read or written here is kept there; what
 * is deleted is gone from there too, also when it was just being read. Readers who want the same
 * block at the same time share one read of the source.
 */
export class CachedBlocks implements Blocks {
  readonly #source: Blocks;
  readonly #caches: readonly BlockCache[];
  readonly #fetches = new SharedFetches();
  /** Goes up with every removal: what was fetched before one is not kept after it. */
  #removals = 0;

  constructor(source: Blocks, caches: readonly BlockCache[]) {
    this.#source = source;
    this.#caches = caches;
  }

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    if (cid.multihash.code === IDENTITY) return this.#source.get(cid, { signal });
    for (const [place, cache] of this.#caches.entries()) {
      const bytes = await cache.get(cid, { signal });
      if (bytes === undefined) continue;
      for (const quicker of this.#caches.slice(0, place)) quicker.put(cid, bytes);
      return bytes;
    }
    return this.#fetches.get(
      cacheKey(cid),
      async (shared) => {
        const removals = this.#removals;
        const bytes = await this.#source.get(cid, { signal: shared });
        if (removals === this.#removals) this.#keep(cid, bytes);
        return bytes;
      },
      { signal },
    );
  }

  /** The source says what is held; while it is out of reach, the caches know what it held. */
  async has(cid: CID, options: AbortOptions = {}): Promise<boolean> {
    try {
      return await this.#source.has(cid, options);
    } catch (error) {
      const isCached = this.#caches.some((cache) => cache.has(cid));
      if (isCached && OUT_OF_REACH.has(errorCodeOf(error))) return true;
      throw error;
    }
  }

  async put(cid: CID, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    const removals = this.#removals;
    await this.#source.put(cid, bytes, options);
    if (cid.multihash.code !== IDENTITY && removals === this.#removals) this.#keep(cid, bytes);
  }

  async delete(cid: CID, options?: AbortOptions): Promise<void> {
    try {
      await this.#source.delete(cid, options);
    } finally {
      // Whatever was said: it may be gone.
      this.forget(cid);
    }
  }

  /** Keeps a block out of the caches that is no longer there. */
  forget(cid: CID): void {
    this.#removals += 1;
    this.#fetches.forget(cacheKey(cid));
    for (const cache of this.#caches) cache.delete(cid);
  }

  forgetAll(): void {
    this.#removals += 1;
    this.#fetches.forgetAll();
    for (const cache of this.#caches) cache.clear();
  }

  #keep(cid: CID, bytes: Uint8Array): void {
    for (const cache of this.#caches) cache.put(cid, bytes);
  }
}
