import type { CID } from "@ipfs-kit/core";

import { MAX_UNPINNED } from "./defaults.ts";

/**
 * Roots that were unpinned or added without a pin here since the start, so that it can be told when
 * they are gone. The newest 10 000; nothing is told of older ones.
 */
export class RootsLetGo {
  /** Oldest first, by multihash: that is all Kubo knows of a block it removes. */
  readonly #roots = new Map<string, CID>();

  add(cid: CID): void {
    const key = keyOf(cid);
    this.#roots.delete(key);
    this.#roots.set(key, cid);
    const [oldest] = this.#roots.keys();
    if (this.#roots.size > MAX_UNPINNED && oldest !== undefined) this.#roots.delete(oldest);
  }

  /** The root whose block was removed, if it is one; it is forgotten. */
  take(removed: CID): CID | undefined {
    const key = keyOf(removed);
    const root = this.#roots.get(key);
    this.#roots.delete(key);
    return root;
  }
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
