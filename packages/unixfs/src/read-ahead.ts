import { abortable, anySignal, type BlockSource, type CID } from "@ipfs-kit/core";

import { type CidKey, cidOf, keyOf } from "./cid-key.ts";
import { MAX_BLOCK_BYTES, MAX_WAITING_BLOCKS, READ_AHEAD_BLOCKS } from "./defaults.ts";
import { getBlock } from "./get-block.ts";

interface Expected {
  bytes: Promise<Uint8Array>;
  /** Held in memory, once they are here. */
  held: number;
}

/**
 * Blocks of one DAG, fetched before they are asked for, as far as they take no more memory than
 * {@link READ_AHEAD_BLOCKS} of the largest. What was expected and not asked for is cancelled at the end.
 */
export class ReadAhead implements Disposable {
  readonly #blocks: BlockSource;
  readonly #root: CID;
  readonly #leaving = new AbortController();
  readonly #signal: AbortSignal;
  readonly #expected = new Map<CidKey, Expected>();
  #underWay = 0;
  #heldBytes = 0;

  constructor(blocks: BlockSource, root: CID, signal: AbortSignal | undefined) {
    this.#blocks = blocks;
    this.#root = root;
    this.#signal = anySignal(signal, this.#leaving.signal);
  }

  /** Begins to fetch what comes next, in the order of need, as far as there is room. */
  expect(keys: Iterable<CidKey>): void {
    for (const key of keys) {
      if (!this.#hasRoom()) return;
      if (this.#expected.has(key)) continue;
      const bytes = this.#get(cidOf(key));
      const expected: Expected = { bytes, held: 0 };
      this.#expected.set(key, expected);
      // Perhaps never asked for: then its failure concerns nobody.
      this.#count(key, expected).catch(() => {});
    }
  }

  /** @throws as `getBlock` */
  async take(cid: CID): Promise<Uint8Array> {
    const expected = this.#expected.get(keyOf(cid));
    this.forget(keyOf(cid));
    return abortable(expected?.bytes ?? this.#get(cid), this.#signal);
  }

  /** What was expected will not be asked for after all. */
  forget(key: CidKey): void {
    this.#heldBytes -= this.#expected.get(key)?.held ?? 0;
    this.#expected.delete(key);
  }

  [Symbol.dispose](): void {
    this.#leaving.abort();
  }

  async #count(key: CidKey, expected: Expected): Promise<void> {
    const { length } = await expected.bytes;
    if (this.#expected.get(key) !== expected) return;
    expected.held = length;
    this.#heldBytes += length;
  }

  #hasRoom(): boolean {
    const largest = this.#underWay * MAX_BLOCK_BYTES + this.#heldBytes;
    return (
      this.#expected.size < MAX_WAITING_BLOCKS && largest < READ_AHEAD_BLOCKS * MAX_BLOCK_BYTES
    );
  }

  async #get(cid: CID): Promise<Uint8Array> {
    this.#underWay += 1;
    try {
      return await getBlock(this.#blocks, cid, { root: this.#root, signal: this.#signal });
    } finally {
      this.#underWay -= 1;
    }
  }
}
