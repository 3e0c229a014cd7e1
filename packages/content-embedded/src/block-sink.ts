import type { CID } from "@ipfs-kit/core";
import type { BlockSink } from "@ipfs-kit/unixfs";

import type { PackStore, Ticket } from "./pack-store/index.ts";
import type { Operation } from "./under-way.ts";

/**
 * Where the importer puts its blocks, just hashed: queues them, and remembers what is not durable
 * yet.
 *
 * When the source of an import fails or its signal fires, blocks that were queued stay in the packs,
 * under no name, until garbage is collected.
 */
export class PackSink implements BlockSink {
  readonly #packs: PackStore;
  readonly #operation: Operation;
  readonly #signal: AbortSignal | undefined;
  readonly #tickets = new Set<Ticket>();
  /** Those of them that no {@link mark} speaks for yet. */
  readonly #unmarked = new Set<Ticket>();
  #marked: Promise<unknown> = Promise.resolve();
  #failed: Ticket | undefined;

  constructor(packs: PackStore, operation: Operation, signal: AbortSignal | undefined) {
    this.#packs = packs;
    this.#operation = operation;
    this.#signal = signal;
    packs.leafMemory.begin();
  }

  leafMemory(bytes: number): Uint8Array {
    return this.#packs.leafMemory.take(bytes);
  }

  async put({ multihash }: CID, bytes: Uint8Array): Promise<void> {
    if (this.#failed?.failure !== undefined) throw this.#failed.failure.error;
    this.#operation.takesIn(multihash.bytes);
    const ticket = await this.#packs.put(multihash.bytes, bytes, { signal: this.#signal });
    if (ticket.isDeduplicated) return;
    this.#tickets.add(ticket);
    this.#unmarked.add(ticket);
    ticket.durable.then(
      () => this.#forget(ticket),
      () => (this.#failed = ticket),
    );
  }

  /** Throws if a block could not be stored. What is queued after this fails if one still cannot. */
  check(): void {
    const failed = this.#failed ?? [...this.#tickets].find(({ failure }) => failure);
    if (failed?.failure !== undefined) throw failed.failure.error;
  }

  /** Resolves when all blocks taken in up to now are durable. */
  async mark(): Promise<void> {
    this.check();
    const marked = Promise.all([this.#marked, ...[...this.#unmarked].map((each) => each.durable)]);
    // Its failure is found by whoever awaits it, or by the next check.
    marked.catch(() => {});
    this.#marked = marked;
    this.#unmarked.clear();
    await marked;
  }

  /** Resolves when all blocks are durable. */
  async settled(): Promise<void> {
    for (const { durable } of this.#tickets) await durable;
    this.check();
  }

  /**
   * To be called once, at the end. Resolves when nothing of it waits for the disk any more, whatever
   * became of it.
   */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#tickets].map(({ durable }) => durable));
    this.#packs.leafMemory.end();
  }

  #forget(ticket: Ticket): void {
    this.#tickets.delete(ticket);
    this.#unmarked.delete(ticket);
  }
}
