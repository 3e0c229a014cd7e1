import { setImmediate } from "node:timers/promises";

import { type AbortOptions, type CID, throwIfAborted } from "@ipfs-kit/core";

import { MAX_ROOTS_LET_GO } from "./defaults.ts";
import { keyOf } from "./keys.ts";
import type { PackStore } from "./pack-store/index.ts";
import { pinKey } from "./pins.ts";

const ROOTS_PER_TURN = 500;

/**
 * Roots that nobody pins any more, so that it can be told when they are gone: those unpinned, which
 * the pin table remembers, and those added without a pin since the start. Of each the newest 10 000;
 * nothing is told of older ones.
 */
export class RootsLetGo {
  readonly #packs: Pick<PackStore, "pins" | "has">;
  /** Oldest first. */
  readonly #neverPinned = new Map<string, CID>();

  constructor(packs: Pick<PackStore, "pins" | "has">) {
    this.#packs = packs;
  }

  addedWithoutPin(cid: CID): void {
    const key = keyOf(pinKey(cid));
    this.#neverPinned.delete(key);
    this.#neverPinned.set(key, cid);
    const [oldest] = this.#neverPinned.keys();
    if (this.#neverPinned.size > MAX_ROOTS_LET_GO && oldest !== undefined) {
      this.#neverPinned.delete(oldest);
    }
  }

  /** Those whose block is no longer here; they are forgotten. */
  async takeGone({ signal }: AbortOptions = {}): Promise<CID[]> {
    const gone = new Map<string, CID>();
    const candidates = [...this.#packs.pins.letGo(), ...this.#neverPinned.values()];
    for (const [index, cid] of candidates.entries()) {
      if (index % ROOTS_PER_TURN === ROOTS_PER_TURN - 1) await setImmediate();
      throwIfAborted(signal);
      if (!this.#packs.has(cid.multihash.bytes)) gone.set(keyOf(pinKey(cid)), cid);
    }
    for (const key of gone.keys()) this.#neverPinned.delete(key);
    const roots = [...gone.values()];
    if (roots.length > 0) this.#packs.pins.forgetLetGo(roots);
    return roots;
  }
}
