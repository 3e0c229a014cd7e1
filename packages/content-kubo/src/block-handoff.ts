import type { Block, CID } from "@ipfs-kit/core";
import type { BlockSink } from "@ipfs-kit/unixfs";

import { HANDOFF_BYTES } from "./defaults.ts";

/**
 * Hands blocks from an import that pushes them to an upload that pulls them. Holds 4 MiB at most (and
 * at least one block): then the import waits.
 */
export class BlockHandoff implements BlockSink, AsyncIterable<Block> {
  readonly #blocks: Block[] = [];
  #bytes = 0;
  #count = 0;
  #end: { error?: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  /** Blocks handed over so far. */
  get count(): number {
    return this.#count;
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    while (this.#end === undefined && this.#blocks.length > 0 && this.#bytes >= HANDOFF_BYTES) {
      await this.#changed.promise;
    }
    if (this.#end !== undefined) throw this.#end.error;
    this.#blocks.push({ cid, bytes });
    this.#bytes += bytes.length;
    this.#notify();
  }

  /** No more blocks will come; with an error, those that wait are dropped and both sides fail with it. */
  end(failure?: { error: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = failure ?? {};
    if (failure !== undefined) this.#blocks.length = 0;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Block, void> {
    for (;;) {
      const block = this.#blocks.shift();
      if (block !== undefined) {
        this.#bytes -= block.bytes.length;
        this.#count += 1;
        this.#notify();
        yield block;
      } else if (this.#end === undefined) {
        await this.#changed.promise;
      } else if ("error" in this.#end) {
        throw this.#end.error;
      } else {
        return;
      }
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
