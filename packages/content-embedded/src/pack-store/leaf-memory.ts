/**
 * Memory for leaves on their way to the disk. Used again and again while anybody adds: a megabyte of
 * new memory for every leaf of a large file is a quarter of all work, for the garbage collector.
 *
 * Whoever takes some has it to himself until he puts it; from then on until the record is durable, or
 * given up, it is the store's; then it may be taken again. What is not given back is merely lost.
 */
export class LeafMemory {
  readonly #maxBytes: number;
  /** All as long as the one given back last. */
  #free: Uint8Array[] = [];
  /** Taken and not given back: only these are ours, and each comes back once. */
  readonly #taken = new WeakSet<ArrayBufferLike>();
  #users = 0;

  /** @param maxBytes how much may lie idle */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** To be called before the first {@link take} of an add. */
  begin(): void {
    this.#users += 1;
  }

  /** To be called when an add has ended: with the last one nothing is kept any more. */
  end(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#free = [];
  }

  /** Memory with whatever was in it before. */
  take(bytes: number): Uint8Array {
    if (this.#free[0]?.length !== bytes) this.#free = [];
    const memory = this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
    this.#taken.add(memory.buffer);
    return memory;
  }

  /** To be called with bytes that nobody needs any more; those not taken here are left alone. */
  giveBack({ buffer }: Uint8Array): void {
    if (!this.#taken.delete(buffer) || this.#users === 0) return;
    const length = buffer.byteLength;
    if (this.#free[0]?.length !== length) this.#free = [];
    if ((this.#free.length + 1) * length <= this.#maxBytes) this.#free.push(new Uint8Array(buffer));
  }
}
