import type { AbortOptions, CID } from "@ipfs-kit/core";

/** What a cache has done since it was started, and what it holds now. */
export interface CacheStats {
  hits: number;
  misses: number;
  /** Held now, with what keeping it costs. */
  bytes: number;
  maxBytes: number;
  entries: number;
  /** Pushed out for want of room. */
  evictions: number;
  /** Not kept because writing could not keep up. */
  dropped: number;
  /** Entries found damaged, and writes that failed. */
  faults: number;
}

/**
 * Keeps blocks for a while. It promises nothing: what it does not have is a miss, what went wrong
 * inside too. What it gives matches its CID.
 */
export interface BlockCache {
  readonly name: "memory" | "disk";
  /** The bytes are the caller's to keep and to change. */
  get(cid: CID, options?: AbortOptions): Promise<Uint8Array | undefined>;
  /** Takes a copy, or leaves it. The bytes match the CID. */
  put(cid: CID, bytes: Uint8Array): void;
  has(cid: CID): boolean;
  /** From now on it is not given out, also not when it was just on its way in. */
  delete(cid: CID): void;
  clear(): void;
  stats(): CacheStats;
}

/** What a block is kept under: its multihash, as blocks with the same bytes are the same block. */
export function cacheKey({ multihash }: CID): string {
  const { buffer, byteOffset, length } = multihash.bytes;
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
