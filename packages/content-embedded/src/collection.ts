import { setImmediate } from "node:timers/promises";

import {
  type AbortOptions,
  type BlockSource,
  errorCodeOf,
  type Logger,
  throwIfAborted,
} from "@ipfs-kit/core";

import { DagMarks, type MarkOptions, type Root } from "./dag-marks.ts";
import { ABANDONED_MS, MAX_PENDING_OF_READ, MAX_PIN_PAGE } from "./defaults.ts";
import type { PinTable } from "./pins.ts";
import type { ReadRoot, ReadsUnderWay } from "./reads-under-way.ts";

/** What is to be spared while garbage is collected once. */
export class Collection {
  readonly #reads: ReadsUnderWay;
  readonly #pinned: DagMarks;
  /** Apart from the pins': a DAG that is read need not be whole, and then not all of it is marked. */
  readonly #read: DagMarks;
  readonly #seenReads = new WeakSet<ReadRoot>();
  #failure: { error: unknown } | undefined;
  #leftAt: number | undefined;

  constructor(blocks: BlockSource, reads: ReadsUnderWay, logger: Logger) {
    this.#reads = reads;
    this.#pinned = new DagMarks(blocks);
    this.#read = new DagMarks(blocks, {
      besides: this.#pinned,
      maxPending: MAX_PENDING_OF_READ,
      onUnreadable: (error) => {
        const code = errorCodeOf(error);
        if (code === "internal" || code === "invalid_state") throw error;
        logger.debug("what is read is not whole", { code, error });
      },
    });
  }

  isPinned(multihash: Uint8Array): boolean {
    return this.#pinned.has(multihash);
  }

  isSpared(multihash: Uint8Array): boolean {
    return this.#pinned.has(multihash) || this.#read.has(multihash);
  }

  /** Marks what the pins, and those who read, need. @throws as {@link DagMarks.add} */
  async mark(pins: PinTable, options: MarkOptions): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = pins.page({ limit: MAX_PIN_PAGE, cursor });
      for (const pin of page.pins) {
        if (options.until?.() === true) return;
        await this.#pinned.add(pin, options);
      }
      cursor = page.nextCursor;
      // Pins of single blocks need no disk: a million of them would let nobody else have a turn.
      await setImmediate();
      throwIfAborted(options.signal);
    } while (cursor !== undefined);
    await this.markReads(options);
  }

  /**
   * Marks a root that is pinned while the collection goes on, whether or not its pins are marked
   * already. Never rejects: the pin is made, whatever becomes of the collection.
   */
  async pinned(root: Root, options: MarkOptions): Promise<void> {
    try {
      await this.#pinned.add(root, options);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** @throws what kept a pin made meanwhile from being marked */
  assertComplete(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Marks what began to be read since the last time. */
  async markReads({ signal }: AbortOptions): Promise<void> {
    const unseen = () => [...this.#reads].filter((root) => !this.#seenReads.has(root));
    // More may begin while we are at it.
    for (let roots = unseen(); roots.length > 0; roots = unseen()) {
      for (const root of roots) {
        this.#seenReads.add(root);
        await this.#read.add({ cid: root.cid, kind: "recursive" }, { signal });
      }
    }
  }

  /** Its reader has got a block, and is to come for the next. */
  left(): void {
    this.#leftAt = performance.now();
  }

  cameBack(): void {
    this.#leftAt = undefined;
  }

  /** Whether nobody has come for the next block for so long that nobody will. */
  get isAbandoned(): boolean {
    return this.#leftAt !== undefined && performance.now() - this.#leftAt > ABANDONED_MS;
  }
}
