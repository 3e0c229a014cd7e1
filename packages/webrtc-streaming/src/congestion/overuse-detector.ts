import { OVERUSE_MS, THRESHOLD_GAIN, THRESHOLD_MS, THRESHOLD_SPIKE_MS } from "./defaults.ts";

/** What the delay says of the link: its queue is emptying, steady, or growing. */
export type Usage = "underuse" | "normal" | "overuse";

/** An update of the threshold never spans more than this (GCC 5.4). */
const MOST_ELAPSED_MS = 100;

/**
 * Holds the trend against a threshold that follows it slowly (GCC 5.4), so that neither a jittery link
 * looks overused for ever nor a flow that fills the queue drives this one out.
 */
export class OveruseDetector {
  #threshold: number = THRESHOLD_MS.start;
  #updatedAt: number | undefined;
  #previousTrend = 0;
  #overusedMs: number | undefined;
  #overusedTimes = 0;
  #usage: Usage = "normal";

  get usage(): Usage {
    return this.#usage;
  }

  /** @param elapsedMs between the two groups, as sent */
  update(trendMs: number, elapsedMs: number, now: number): Usage {
    if (trendMs > this.#threshold) {
      // The first time it may have begun anywhere since the group before.
      this.#overusedMs =
        this.#overusedMs === undefined ? elapsedMs / 2 : this.#overusedMs + elapsedMs;
      this.#overusedTimes += 1;
      if (
        this.#overusedMs > OVERUSE_MS &&
        this.#overusedTimes > 1 &&
        trendMs >= this.#previousTrend
      ) {
        this.#overusedMs = 0;
        this.#overusedTimes = 0;
        this.#usage = "overuse";
      }
    } else {
      this.#overusedMs = undefined;
      this.#overusedTimes = 0;
      this.#usage = trendMs < -this.#threshold ? "underuse" : "normal";
    }
    this.#previousTrend = trendMs;
    this.#adapt(trendMs, now);
    return this.#usage;
  }

  #adapt(trendMs: number, now: number): void {
    const distance = Math.abs(trendMs);
    const elapsed = Math.min(MOST_ELAPSED_MS, now - (this.#updatedAt ?? now));
    this.#updatedAt = now;
    if (distance > this.#threshold + THRESHOLD_SPIKE_MS) return;
    const gain = distance < this.#threshold ? THRESHOLD_GAIN.down : THRESHOLD_GAIN.up;
    const threshold = this.#threshold + gain * (distance - this.#threshold) * Math.max(0, elapsed);
    this.#threshold = Math.min(THRESHOLD_MS.most, Math.max(THRESHOLD_MS.least, threshold));
  }
}
