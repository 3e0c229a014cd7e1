import { FIRST_BUFFER_BYTES } from "./defaults.ts";

/** Gives memory of so many bytes, all of which will be written over or left out. */
export type Allocate = (bytes: number) => Uint8Array;

/** Memory that nobody uses a second time. */
const freshMemory: Allocate = (bytes) => new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);

/**
 * Cuts a stream into leaves of `chunkBytes`, the last one of what is left. Pieces are copied as they
 * come, so that a source may use its buffer again; nothing at all makes one empty leaf. What was given
 * out is not looked at any more.
 */
export class Chunks {
  readonly #chunkBytes: number;
  readonly #allocate: Allocate;
  #chunk: Uint8Array = new Uint8Array(0);
  #filled = 0;
  #isFirst = true;

  /** @param allocate asked for the memory of whole leaves only */
  constructor(chunkBytes: number, allocate: Allocate = freshMemory) {
    this.#chunkBytes = chunkBytes;
    this.#allocate = allocate;
  }

  /** The leaves that are full with this piece; to be gone through before the next is given. */
  *add(piece: Uint8Array): Generator<Uint8Array, void> {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#filled === this.#chunk.length) this.#grow(rest.length);
      const part = rest.subarray(0, this.#chunk.length - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled === this.#chunkBytes) yield this.#take();
    }
  }

  /** The last leaf, unless the one before it was the last. */
  *end(): Generator<Uint8Array, void> {
    if (this.#filled > 0 || this.#isFirst) yield this.#take();
  }

  #take(): Uint8Array {
    const leaf = this.#chunk.subarray(0, this.#filled);
    this.#chunk = new Uint8Array(0);
    this.#filled = 0;
    this.#isFirst = false;
    return leaf;
  }

  /**
   * Takes a larger buffer with what is in this one. Of a file that comes in one piece exactly as large
   * as that; after the first leaf a whole one, for the next will most likely be full, too.
   */
  #grow(more: number): void {
    const { length } = this.#chunk;
    let bytes = Math.max(length * 2, FIRST_BUFFER_BYTES, length + more);
    if (length === 0) bytes = this.#isFirst ? more : this.#chunkBytes;
    const larger = bytes < this.#chunkBytes ? freshMemory(bytes) : this.#allocate(this.#chunkBytes);
    larger.set(this.#chunk);
    this.#chunk = larger;
  }
}
