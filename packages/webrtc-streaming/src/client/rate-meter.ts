/** Turns a growing byte counter into a rate. */
export class RateMeter {
  #last: { at: number; bytes: number } | undefined;

  /** Bits per second since the call before; undefined on the first. */
  measure(bytes: number, at: number): number | undefined {
    const before = this.#last;
    this.#last = { at, bytes };
    if (before === undefined || at <= before.at) return undefined;
    return Math.max(0, ((bytes - before.bytes) * 8 * 1000) / (at - before.at));
  }
}
