import { setImmediate } from "node:timers/promises";

import type { CID } from "@ipfs-kit/core";

import { MAX_ROOTS_LET_GO } from "./defaults.ts";
import { IDENTITY, keyOf } from "./keys.ts";
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

  /** Tells those whose block is no longer here; they are forgotten. */
  async tellGone(tell: (root: CID) => void): Promise<void> {
    const { pins } = this.#packs;
    const candidates = new Map(
      [...pins.letGo(), ...this.#neverPinned.values()].map((cid) => [keyOf(pinKey(cid)), cid]),
    );
    const rest = [...candidates];
    while (rest.length > 0) {
      // Looked up and told in one turn: of what came back meanwhile it would not be true any more.
      const gone = rest.splice(0, ROOTS_PER_TURN).filter(([, cid]) => !this.#isHere(cid));
      if (gone.length > 0) pins.forgetLetGo(gone.map(([, cid]) => cid));
      for (const [key, cid] of gone) {
        this.#neverPinned.delete(key);
        tell(cid);
      }
      await setImmediate();
    }
  }

  #isHere({ multihash }: CID): boolean {
    return multihash.code === IDENTITY || this.#packs.has(multihash.bytes);
  }
}
