const WORDS = 4;
const FIRST_SLOTS = 1024;
/** Full to this share it doubles. */
const MAX_LOAD = 0.75;

/**
 * A set of digests in 16 bytes each, 32 MiB for a million and a half: a Set of strings would take
 * ten times that. It keeps 127 bits of a digest; nobody can make two that agree in them.
 */
export class DigestSet {
  #slots = FIRST_SLOTS;
  #words = new Uint32Array(FIRST_SLOTS * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * @param digest at least 16 bytes, of which the last count
   * @param flavour a small number; the same digest under another is another entry
   * @returns whether it is new
   */
  add(digest: Uint8Array, flavour: number): boolean {
    const entry = entryOf(digest, flavour);
    const slot = this.#find(entry);
    if (this.#isTaken(slot)) return false;
    if (this.#size >= this.#slots * MAX_LOAD) {
      this.#grow();
      return this.add(digest, flavour);
    }
    this.#words.set(entry, slot * WORDS);
    this.#size += 1;
    return true;
  }

  has(digest: Uint8Array, flavour: number): boolean {
    return this.#isTaken(this.#find(entryOf(digest, flavour)));
  }

  /** Where the entry is, or would be. */
  #find([a, b, c, d]: Entry): number {
    const words = this.#words;
    let slot = a & (this.#slots - 1);
    while (this.#isTaken(slot)) {
      const at = slot * WORDS;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) {
        return slot;
      }
      slot = (slot + 1) & (this.#slots - 1);
    }
    return slot;
  }

  /** The last word of an entry is never 0. */
  #isTaken(slot: number): boolean {
    return this.#words[slot * WORDS + 3] !== 0;
  }

  #grow(): void {
    const old = this.#words;
    this.#slots *= 2;
    this.#words = new Uint32Array(this.#slots * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      const [a = 0, b = 0, c = 0, d = 0] = old.subarray(at, at + WORDS);
      if (d !== 0) this.#words.set([a, b, c, d], this.#find([a, b, c, d]) * WORDS);
    }
  }
}

type Entry = readonly [a: number, b: number, c: number, d: number];

function entryOf(digest: Uint8Array, flavour: number): Entry {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.length);
  const at = digest.length - 16;
  const first = (view.getUint32(at, true) ^ flavour) >>> 0;
  const last = (view.getUint32(at + 12, true) | 1) >>> 0;
  return [first, view.getUint32(at + 4, true), view.getUint32(at + 8, true), last];
}
