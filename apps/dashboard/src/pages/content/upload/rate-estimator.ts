/** Samples older than this say nothing about the speed of now. */
const WINDOW_MS = 4_000;
/** Below this the numbers jump about. */
const MIN_SPAN_MS = 400;

/** The speed of something that grows, smoothed over the last seconds. */
export class RateEstimator {
  #samples: { at: number; amount: number }[] = [];

  /** Takes in how much there is now, at a time in milliseconds. */
  add(amount: number, at: number): void {
    this.#samples.push({ at, amount });
    // One sample older than the window stays, as the window's left edge.
    while ((this.#samples[1]?.at ?? at) < at - WINDOW_MS) this.#samples.shift();
  }

  /** Per second; undefined until enough was seen. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < MIN_SPAN_MS) {
      return undefined;
    }
    return Math.max(0, ((last.amount - first.amount) * 1000) / (last.at - first.at));
  }

  /** Seconds until `total` is reached; undefined while nothing moves. */
  secondsLeft(total: number): number | undefined {
    const rate = this.perSecond;
    const amount = this.#samples.at(-1)?.amount;
    if (rate === undefined || rate === 0 || amount === undefined) return undefined;
    return Math.max(0, (total - amount) / rate);
  }
}
