import {
  type AbortOptions,
  type BlockSource,
  errorCodeOf,
  LimitExceededError,
  type Logger,
} from "@ipfs-kit/core";

import { DagMarks, type MarkOptions, type Root } from "./dag-marks.ts";
import { MAX_LATE_PINS, MAX_PENDING_OF_READ, MAX_PIN_PAGE } from "./defaults.ts";
import type { PinTable } from "./pins.ts";
import type { ReadRoot, ReadsUnderWay } from "./reads-under-way.ts";

/** What is to be spared while garbage is collected once. */
export class Collection {
  readonly #logger: Logger;
  readonly #reads: ReadsUnderWay;
  readonly #pinned: DagMarks;
  /** Apart from the pins': a DAG that is read need not be whole, and then not all of it is marked. */
  readonly #read: DagMarks;
  readonly #seenReads = new WeakSet<ReadRoot>();
  /** Pinned since the marks were made. */
  readonly #late: Root[] = [];

  constructor(blocks: BlockSource, reads: ReadsUnderWay, logger: Logger) {
    this.#logger = logger;
    this.#reads = reads;
    this.#pinned = new DagMarks(blocks);
    this.#read = new DagMarks(blocks, { besides: this.#pinned, maxPending: MAX_PENDING_OF_READ });
  }

  isPinned(multihash: Uint8Array): boolean {
    return this.#pinned.has(multihash);
  }

  isSpared(multihash: Uint8Array): boolean {
    return this.#pinned.has(multihash) || this.#read.has(multihash);
  }

  /** Marks what the pins need. @throws as {@link DagMarks.add} */
  async mark(pins: PinTable, options: MarkOptions): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = pins.page({ limit: MAX_PIN_PAGE, cursor });
      for (const pin of page.pins) {
        if (options.until?.() === true) return;
        await this.#pinned.add(pin, options);
      }
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** A root has been pinned after the pins were gone through. */
  pinned(root: Root): void {
    if (this.#late.length <= MAX_LATE_PINS) this.#late.push(root);
  }

  /** Whether so many pins have come that they should be marked now. */
  get isBehind(): boolean {
    return this.#late.length > MAX_LATE_PINS / 10;
  }

  /** Marks what was pinned, and what began to be read, since the marks were made. */
  async markLate({ signal }: AbortOptions): Promise<void> {
    // Whoever does not come for the next CID of a collection must not make it remember for ever.
    if (this.#late.length > MAX_LATE_PINS) {
      throw new LimitExceededError(
        `More than ${MAX_LATE_PINS} pins were made between two pages of the collection. Collect again.`,
      );
    }
    for (const root of this.#late.splice(0)) await this.#pinned.add(root, { signal });
    for (const root of this.#reads) {
      if (this.#seenReads.has(root)) continue;
      this.#seenReads.add(root);
      await this.#markRead(root, { signal });
    }
    // Both may have come while we were at it.
    const isReadNew = [...this.#reads].some((root) => !this.#seenReads.has(root));
    if (this.#late.length > 0 || isReadNew) await this.markLate({ signal });
  }

  async #markRead({ cid }: ReadRoot, { signal }: AbortOptions): Promise<void> {
    try {
      await this.#read.add({ cid, kind: "recursive" }, { signal });
    } catch (error) {
      const code = errorCodeOf(error);
      if (signal?.aborted === true || code === "internal" || code === "invalid_state") throw error;
      this.#logger.debug("what is read is not whole", { cid: cid.toString(), code });
    }
  }
}
