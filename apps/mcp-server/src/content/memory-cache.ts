import type { CID } from "@ipfs-kit/core";

import { type BlockCache, cacheKey, type CacheStats } from "./block-cache.ts";
import { CacheOrder } from "./cache-order.ts";

/**
 * What an entry costs besides its bytes: key, places in the maps and queues, the array and its
 * buffer, two remembered keys. 960 bytes of heap and buffers were measured with small blocks.
 */
const ENTRY_BYTES = 1024;

/** Blocks in memory, up to a number of bytes that counts what keeping them costs. */
export class MemoryCache implements BlockCache {
  readonly name = "memory";
  readonly #maxBytes: number;
  readonly #blocks = new Map<string, Uint8Array>();
  readonly #order: CacheOrder;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#order = new CacheOrder({
      maxWeight: maxBytes,
      onEvict: (key) => {
        this.#blocks.delete(key);
        this.#evictions += 1;
      },
    });
  }

  async get(cid: CID): Promise<Uint8Array | undefined> {
    const key = cacheKey(cid);
    const bytes = this.#blocks.get(key);
    if (bytes === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    this.#order.use(key);
    return new Uint8Array(bytes);
  }

  put(cid: CID, bytes: Uint8Array): void {
    const key = cacheKey(cid);
    // A copy, not only because the giver may change it: a view would hold on to the whole buffer.
    if (this.#order.add(key, bytes.length + ENTRY_BYTES)) {
      this.#blocks.set(key, new Uint8Array(bytes));
    }
  }

  has(cid: CID): boolean {
    return this.#blocks.has(cacheKey(cid));
  }

  delete(cid: CID): void {
    const key = cacheKey(cid);
    this.#order.remove(key);
    this.#blocks.delete(key);
  }

  clear(): void {
    for (const key of Array.from(this.#order.keys())) this.#order.remove(key);
    this.#blocks.clear();
  }

  stats(): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      bytes: this.#order.weight,
      maxBytes: this.#maxBytes,
      entries: this.#order.count,
      evictions: this.#evictions,
      dropped: 0,
      faults: 0,
    };
  }
}
