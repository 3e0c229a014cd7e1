import {
  type AbortOptions,
  type CID,
  type ContentEvents,
  type ContentInfo,
  type ContentRepository,
  Emitter,
  type ReadOptions,
} from "@ipfs-kit/core";
import { readFile, statNode } from "@ipfs-kit/unixfs";

import type { BlockCache } from "./block-cache.ts";
import { CachedBlocks } from "./cached-blocks.ts";
import { relayContentEvents } from "./content-events.ts";
import { DelegatingRepository } from "./delegating-repository.ts";

/**
 * A repository with caches in front of its blocks: what was read once is read again without it, also
 * while it does not answer. What is removed through here is gone from the caches too.
 */
export class CachedRepository extends DelegatingRepository {
  readonly #blocks: CachedBlocks;
  readonly #events = new Emitter<ContentEvents>();

  /** @param caches the quickest first */
  constructor(inner: ContentRepository, caches: readonly BlockCache[]) {
    super(inner);
    this.#blocks = new CachedBlocks(inner.blocks, caches);
    relayContentEvents(inner.events, this.#events);
  }

  override get blocks(): CachedBlocks {
    return this.#blocks;
  }

  override get events(): ContentRepository["events"] {
    return this.#events;
  }

  override async stat(cid: CID, options: AbortOptions = {}): Promise<ContentInfo> {
    return statNode(this.#blocks, cid, options);
  }

  override async *read(cid: CID, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const over = this.inner.keepWhileRead?.(cid);
    let bytes = 0;
    let isFailed = false;
    try {
      for await (const chunk of readFile(this.#blocks, cid, options)) {
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      isFailed = true;
      throw error;
    } finally {
      over?.();
      // The inner store is asked for blocks only: it does not see that this was a read.
      if (!isFailed) this.#events.emit("content_retrieved", { cid, bytes });
    }
  }

  override async *collectGarbage(options?: AbortOptions): AsyncGenerator<CID, void> {
    let isDone = false;
    try {
      for await (const cid of this.inner.collectGarbage(options)) {
        this.#blocks.forget(cid);
        yield cid;
      }
      isDone = true;
    } finally {
      // Cut short, more may be gone than was told.
      if (!isDone) this.#blocks.forgetAll();
    }
  }
}
