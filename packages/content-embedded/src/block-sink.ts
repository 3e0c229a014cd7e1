import type { CID } from "@ipfs-kit/core";
import type { BlockSink } from "@ipfs-kit/unixfs";

import type { PackBlocks } from "./blocks.ts";
import type { Ticket } from "./pack-store/index.ts";

/**
 * Where the importer puts its blocks: queues them, and remembers what is not durable yet.
 *
 * When the source of an import fails or its signal fires, blocks that were queued stay in the packs,
 * under no name, until garbage is collected.
 */
export class PackSink implements BlockSink {
  readonly #blocks: PackBlocks;
  readonly #signal: AbortSignal | undefined;
  readonly #tickets = new Set<Ticket>();
  #failed: Ticket | undefined;
  #hasWritten = false;

  constructor(blocks: PackBlocks, signal: AbortSignal | undefined) {
    this.#blocks = blocks;
    this.#signal = signal;
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    this.check();
    const ticket = await this.#blocks.accept(cid, bytes, { signal: this.#signal });
    this.#hasWritten ||= !ticket.isSettled;
    this.#tickets.add(ticket);
    ticket.durable.then(
      () => this.#tickets.delete(ticket),
      () => (this.#failed = ticket),
    );
  }

  /** Whether any block had to be written. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** Throws if a block could not be stored. What is queued after this fails if one still cannot. */
  check(): void {
    const failed = this.#failed ?? [...this.#tickets].find(({ failure }) => failure);
    if (failed?.failure !== undefined) throw failed.failure.error;
  }

  /** Resolves when all blocks are durable. */
  async settled(): Promise<void> {
    for (const { durable } of this.#tickets) await durable;
    this.check();
  }
}
