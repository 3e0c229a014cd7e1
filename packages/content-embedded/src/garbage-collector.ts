import { setImmediate } from "node:timers/promises";

import {
  type AbortOptions,
  type BlockSource,
  CID,
  errorCodeOf,
  InvalidStateError,
  type Logger,
  RAW,
  throwIfAborted,
} from "@ipfs-kit/core";

import { Collection } from "./collection.ts";
import type { Root } from "./dag-marks.ts";
import { SWEEP_BLOCKS } from "./defaults.ts";
import type { PackStore } from "./pack-store/index.ts";
import type { ReadsUnderWay } from "./reads-under-way.ts";
import type { RootsLetGo } from "./roots-let-go.ts";
import type { Turnstile } from "./turnstile.ts";
import type { UnderWay } from "./under-way.ts";

export interface GarbageCollectorInit {
  packs: PackStore;
  blocks: BlockSource;
  underWay: UnderWay;
  reads: ReadsUnderWay;
  /** Pins pass it together while they make sure of their blocks, each page of removals alone. */
  pinning: Turnstile;
  letGo: RootsLetGo;
  /** Told of a root that is gone. */
  onRootGone: (root: CID) => void;
  logger: Logger;
}

/**
 * Mark and sweep. Everything the pins need is marked first; then all blocks are gone through, page by
 * page, and what is neither marked nor needed by work under way is removed. Adds, pins and reads go
 * on meanwhile: only a pin waits, for a page at most.
 */
export class GarbageCollector {
  readonly #init: GarbageCollectorInit;
  #current: Collection | undefined;
  /** Collections begin, and single blocks are removed, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(init: GarbageCollectorInit) {
    this.#init = init;
  }

  /**
   * What was found here is pinned now: a collection under way spares it. To be awaited before a page
   * can be removed.
   */
  async pinned(root: Root): Promise<void> {
    const collection = this.#current;
    await collection?.pinned(root, { until: () => this.#current !== collection });
  }

  /**
   * Removes all garbage and tells the CIDs of its blocks, as raw blocks of version 1: what they were
   * part of is not known any more.
   *
   * @throws InvalidStateError while another collection is under way, or when this one gave way to
   *   another; IpfsKitError `not_found`, `integrity` when it cannot be told what a pin needs: then
   *   nothing more is removed
   */
  async *collect({ signal }: AbortOptions): AsyncGenerator<CID, void> {
    const { packs, logger } = this.#init;
    const collection = await this.#inTurn(async () => this.#begin());
    let removed = 0;
    try {
      try {
        await collection.mark(packs.pins, { signal });
        for (let page = packs.keys(undefined, SWEEP_BLOCKS); page.length > 0;) {
          const gone = await this.#sweep(collection, page, signal);
          removed += gone.length;
          for (const multihash of gone) {
            collection.left();
            yield rawCid(multihash);
            collection.cameBack();
          }
          this.#assertCurrent(collection);
          // Pages of what stays need no disk: nobody else would have a turn.
          await setImmediate();
          throwIfAborted(signal);
          page = packs.keys(page.at(-1), SWEEP_BLOCKS);
        }
      } finally {
        await this.#tellRootsGone(collection);
      }
      const compacted = await packs.compact({ signal });
      logger.info("garbage collected", { blocks: removed, ...compacted });
    } catch (error) {
      if (signal?.aborted !== true) {
        const facts = { blocks: removed, code: errorCodeOf(error), error };
        logger.warn("garbage collection ended early", facts);
      }
      throw error;
    } finally {
      this.#end(collection);
    }
  }

  /**
   * Removes one block; resolves to whether it was there. Goes through what all pins need, as a
   * collection does.
   *
   * @throws InvalidStateError when a pin or work under way needs it, and during a collection
   */
  async remove(multihash: Uint8Array, { signal }: AbortOptions): Promise<boolean> {
    return this.#inTurn(async () => {
      const { packs } = this.#init;
      const collection = await this.#begin();
      try {
        const isPinned = () => collection.isPinned(multihash);
        await collection.mark(packs.pins, { signal, until: isPinned });
        if (isPinned()) throw new InvalidStateError("The block is not removed: a pin needs it.");
        const gone = await this.#sweep(collection, [multihash], signal);
        if (gone.length === 0 && packs.has(multihash)) {
          throw new InvalidStateError(
            "The block is not removed: what is under way, or was just pinned, may need it.",
          );
        }
        await this.#tellRootsGone(collection);
        return gone.length > 0;
      } finally {
        this.#end(collection);
      }
    });
  }

  /** The store has stopped: a collection that nobody went on with is over. */
  stopped(): void {
    if (this.#current !== undefined) this.#end(this.#current);
  }

  async #begin(): Promise<Collection> {
    const { blocks, reads, underWay, pinning, packs, logger } = this.#init;
    packs.assertRunning();
    if (this.#current?.isAbandoned === true) {
      logger.warn("a collection of garbage that nobody goes on with gives way to another");
      this.#end(this.#current);
    }
    if (this.#current !== undefined) {
      throw new InvalidStateError("Garbage is being collected already: wait for its end.");
    }
    const collection = new Collection(blocks, reads, logger);
    underWay.collectionBegan();
    this.#current = collection;
    // Pins queued before now are in the table after this; of those after it we are told.
    await pinning.alone(async () => {});
    return collection;
  }

  #end(collection: Collection): void {
    if (this.#current !== collection) return;
    this.#current = undefined;
    this.#init.underWay.collectionEnded();
  }

  #assertCurrent(collection: Collection): void {
    if (this.#current !== collection) throw new InvalidStateError("The collection is over.");
  }

  /** Removes what of a page is garbage; durable when this resolves. */
  async #sweep(
    collection: Collection,
    page: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array[]> {
    const { packs, underWay, pinning } = this.#init;
    const isGarbage = (multihash: Uint8Array) =>
      !collection.isSpared(multihash) && !underWay.isNeeded(multihash);
    this.#assertCurrent(collection);
    // Most pages of a store in use are wholly kept; then no pin needs to wait for us.
    if (!page.some(isGarbage)) return [];
    return pinning.alone(async () => {
      await collection.markReads({ signal });
      collection.assertComplete();
      this.#assertCurrent(collection);
      // Nothing can come between this decision and the removal: there is no await. What is put from
      // then on is written anew.
      const garbage = page.filter(isGarbage);
      if (garbage.length > 0) await packs.remove(garbage);
      return garbage;
    });
  }

  async #tellRootsGone(collection: Collection): Promise<void> {
    const { letGo, onRootGone, logger } = this.#init;
    // Whoever ended it goes on with that, or has stopped the store.
    if (this.#current !== collection) return;
    try {
      await letGo.tellGone(onRootGone);
    } catch (error) {
      // On a full disk they cannot be forgotten, and are told after the next collection. The room that
      // this one has made must still be given back.
      logger.warn("roots that are gone were not told yet", { error });
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    // Without its outcome: that would keep the marks of the last collection in memory.
    this.#turn = Promise.allSettled([turn]).then(() => undefined);
    return turn;
  }
}

function rawCid(multihash: Uint8Array): CID {
  return CID.decode(Uint8Array.from([0x01, RAW, ...multihash]));
}
