/**
 * Makes a counter that starts over after `bits` bits go on for ever: each value is taken to be the one
 * nearest to the value before.
 */
export class Unwrapper {
  readonly #size: number;
  #last: number | undefined;

  constructor(bits: number) {
    this.#size = 2 ** bits;
  }

  unwrap(value: number): number {
    const last = this.#last ?? value;
    const ahead = (((value - last) % this.#size) + this.#size) % this.#size;
    this.#last = last + (ahead < this.#size / 2 ? ahead : ahead - this.#size);
    return this.#last;
  }
}
