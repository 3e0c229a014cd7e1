/** Keys remembered one by one before the sketch goes over to bits: about 2 MiB. */
const EXACT_KEYS = 65_536;
/** Bits after that, as a power of two: 4 MiB, whatever comes. */
const BITS = 25;
const HASH_BITS = 30;

/**
 * Remembers keys in bounded memory. It never denies one it was given; of those it was not given it
 * claims some, after a million keys one in thirty.
 */
export class KeySketch {
  #exact: Set<number> | undefined = new Set();
  #bits: Uint32Array | undefined;

  add(key: Uint8Array): void {
    this.#addHash(hashOf(key));
  }

  mayHave(key: Uint8Array): boolean {
    const hash = hashOf(key);
    if (this.#exact !== undefined) return this.#exact.has(hash);
    const bit = hash >>> (HASH_BITS - BITS);
    return (((this.#bits?.[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  /** Takes over all that another remembers. */
  absorb(other: KeySketch): void {
    for (const hash of other.#exact ?? []) this.#addHash(hash);
    if (other.#bits === undefined) return;
    const bits = this.#toBits();
    for (const [index, word] of other.#bits.entries()) bits[index] = (bits[index] ?? 0) | word;
  }

  #addHash(hash: number): void {
    if (this.#exact !== undefined && this.#exact.size < EXACT_KEYS) {
      this.#exact.add(hash);
      return;
    }
    setBit(this.#toBits(), hash);
  }

  #toBits(): Uint32Array {
    const bits = (this.#bits ??= new Uint32Array(2 ** (BITS - 5)));
    for (const hash of this.#exact ?? []) setBit(bits, hash);
    this.#exact = undefined;
    return bits;
  }
}

function setBit(bits: Uint32Array, hash: number): void {
  const bit = hash >>> (HASH_BITS - BITS);
  bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
}

/** The end of a multihash is the end of its digest: as good as random. */
function hashOf(key: Uint8Array): number {
  const at = key.length - 4;
  const [a = 0, b = 0, c = 0, d = 0] = [key[at], key[at + 1], key[at + 2], key[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> (32 - HASH_BITS);
}
