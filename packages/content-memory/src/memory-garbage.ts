import { type CID, errorCodeOf, type Pin } from "@ipfs-kit/core";
import { linksOf } from "@ipfs-kit/unixfs";

import { blockKey, type MemoryBlocks } from "./memory-blocks.ts";

/** Knows which blocks are needed: by pins, by what is read or checked, by what is being added. */
export class MemoryGarbage {
  readonly #blocks: Pick<MemoryBlocks, "peek">;
  readonly #pins: Iterable<Pin>;
  readonly #held = new Set<{ cid: CID }>();
  readonly #arriving = new Set<Set<string>>();

  constructor(blocks: Pick<MemoryBlocks, "peek">, pins: Iterable<Pin>) {
    this.#blocks = blocks;
    this.#pins = pins;
  }

  /** Keeps all under a root until the function it returns is called. */
  hold(cid: CID): () => void {
    const root = { cid };
    this.#held.add(root);
    return () => this.#held.delete(root);
  }

  /** Keeps the blocks put in here, by their keys, until it is let go of. */
  arriving(): Set<string> & Disposable {
    const keys = new Set<string>();
    this.#arriving.add(keys);
    return Object.assign(keys, { [Symbol.dispose]: () => void this.#arriving.delete(keys) });
  }

  /** Whether a pin covers the block. */
  isPinned(cid: CID): boolean {
    return this.#under(this.#pins).has(blockKey(cid));
  }

  /** The keys of all that must stay, at this moment. */
  needed(): Set<string> {
    const needed = this.#under([
      ...this.#pins,
      ...Array.from(this.#held, ({ cid }): Pin => ({ cid, kind: "recursive" })),
    ]);
    for (const keys of this.#arriving) for (const key of keys) needed.add(key);
    return needed;
  }

  #under(pins: Iterable<Pin>): Set<string> {
    const direct: CID[] = [];
    const rest: CID[] = [];
    for (const { cid, kind } of pins) (kind === "direct" ? direct : rest).push(cid);
    const found = new Set<string>();
    for (let cid = rest.pop(); cid !== undefined; cid = rest.pop()) {
      if (found.has(blockKey(cid))) continue;
      found.add(blockKey(cid));
      rest.push(...this.#linksOf(cid));
    }
    for (const cid of direct) found.add(blockKey(cid));
    return found;
  }

  #linksOf(cid: CID): CID[] {
    const bytes = this.#blocks.peek(cid);
    try {
      return bytes === undefined ? [] : linksOf(cid, bytes);
    } catch (error) {
      // Kept as the one block it is: what is under it nobody could have asked to be kept.
      if (["integrity", "not_supported"].includes(errorCodeOf(error))) return [];
      throw error;
    }
  }
}
