import { setImmediate } from "node:timers/promises";

import { type BlockSource, type CID, throwIfAborted } from "@ipfs-kit/core";

import { type CidKey, cidOf } from "./cid-key.ts";
import { BLOCKS_PER_TURN, MAX_DEPTH, MAX_PENDING_LINKS, READ_AHEAD_BLOCKS } from "./defaults.ts";
import { malformed } from "./node-errors.ts";
import { ReadAhead } from "./read-ahead.ts";

/** A block to go to. */
export interface Step {
  key: CidKey;
  /** Links between the root and it. */
  depth: number;
}

export interface Visited<T extends Step> {
  step: T;
  cid: CID;
  bytes: Uint8Array;
}

/**
 * Goes through the blocks of a DAG depth first, as its user says what is below each: a block, what is
 * under it, then the next beside it.
 */
export class DepthFirst<T extends Step> implements Disposable {
  readonly #root: CID;
  readonly #signal: AbortSignal | undefined;
  readonly #ahead: ReadAhead;
  /** The next step is the last one. */
  readonly #rest: T[] = [];
  #visits = 0;

  constructor(blocks: BlockSource, root: CID, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#signal = signal;
    this.#ahead = new ReadAhead(blocks, root, signal);
  }

  /**
   * These come next, in this order, before all that was noted earlier.
   *
   * @throws IntegrityError when that is too deep, or too much to remember
   */
  enter(steps: readonly T[]): void {
    if (steps.some(({ depth }) => depth > MAX_DEPTH)) {
      throw malformed(this.#root, `it is more than ${MAX_DEPTH} levels deep`);
    }
    if (this.#rest.length + steps.length > MAX_PENDING_LINKS) {
      throw malformed(this.#root, "it is too deep and too wide");
    }
    for (let index = steps.length - 1; index >= 0; index -= 1) {
      const step = steps[index];
      if (step !== undefined) this.#rest.push(step);
    }
  }

  /**
   * The next block that is not to be skipped; `undefined` at the end.
   *
   * @throws as `getBlock`
   */
  async next(skip: (step: T) => boolean): Promise<Visited<T> | undefined> {
    for (let step = this.#rest.pop(); step !== undefined; step = this.#rest.pop()) {
      this.#visits += 1;
      if (this.#visits % BLOCKS_PER_TURN === 0) await setImmediate();
      throwIfAborted(this.#signal);
      if (skip(step)) {
        this.#ahead.forget(step.key);
        continue;
      }
      const cid = cidOf(step.key);
      this.#ahead.expect(this.#upcoming(step, skip));
      return { step, cid, bytes: await this.#ahead.take(cid) };
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#ahead[Symbol.dispose]();
  }

  *#upcoming(first: T, skip: (step: T) => boolean): Generator<CidKey, void> {
    yield first.key;
    const end = Math.max(0, this.#rest.length - READ_AHEAD_BLOCKS);
    for (let index = this.#rest.length - 1; index >= end; index -= 1) {
      const step = this.#rest[index];
      if (step !== undefined && !skip(step)) yield step.key;
    }
  }
}
