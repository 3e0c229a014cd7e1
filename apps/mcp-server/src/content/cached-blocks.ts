import { type AbortOptions, type Blocks, type CID, errorCodeOf, withTimeout } from "@ipfs-kit/core";

import { type BlockCache, cacheKey } from "./block-cache.ts";
import { SharedFetches } from "./shared-fetches.ts";

/** A CID that carries its bytes. */
const IDENTITY = 0x00;
/** A daemon that is frozen does not answer for half a minute; a gateway client asks for many blocks. */
const PATIENCE_MS = 1_000;
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
  readonly #patienceMs: number;
  readonly #fetches = new SharedFetches();
  /** Goes up with every removal: what was fetched before one is not kept after it. */
  #removals = 0;

  /** @param patienceMs how long the source may take to say whether it has what is in a cache */
  constructor(source: Blocks, caches: readonly BlockCache[], patienceMs = PATIENCE_MS) {
    this.#source = source;
    this.#caches = caches;
    this.#patienceMs = patienceMs;
  }

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    if (cid.multihash.code === IDENTITY) return this.#source.get(cid, { signal });
    for (const [place, cache] of this.#caches.entries()) {
      const removals = this.#removals;
      const bytes = await cache.get(cid, { signal });
      if (bytes === undefined) continue;
      if (removals === this.#removals) {
        for (const quicker of this.#caches.slice(0, place)) quicker.put(cid, bytes);
      }
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

  /** The source says what is held; while it is out of reach, or silent, the caches know what it held. */
  async has(cid: CID, options: AbortOptions = {}): Promise<boolean> {
    const isCached = () => this.#caches.some((cache) => cache.has(cid));
    if (!isCached()) return this.#source.has(cid, options);
    const ask = async (signal: AbortSignal) => this.#source.has(cid, { signal });
    try {
      return await withTimeout(this.#patienceMs, "The look for the block", ask, options);
    } catch (error) {
      if (isCached() && OUT_OF_REACH.has(errorCodeOf(error))) return true;
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
