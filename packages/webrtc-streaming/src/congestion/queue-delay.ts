import { BASE_DELAY_MS } from "./defaults.ts";

/** Weight of the newest. */
const SMOOTHING = 0.3;

/** The same for the jitter (RFC 3550, 6.4.1). */
const JITTER_SMOOTHING = 1 / 16;

/**
 * How long packets stand in queues on the way: their delay above the lowest of the last
 * {@link BASE_DELAY_MS} to twice that. The clocks of both ends may differ by anything, as long as they
 * run at one speed.
 */
export class QueueDelay {
  #lowest = Number.POSITIVE_INFINITY;
  #lowestBefore = Number.POSITIVE_INFINITY;
  #since: number | undefined;
  #smoothed: number | undefined;
  #previous: number | undefined;
  #jitterMs = 0;

  /** How much the delay differs from packet to packet, in milliseconds. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** Milliseconds, 0 before anything is known. */
  get ms(): number {
    if (this.#smoothed === undefined) return 0;
    return Math.max(0, this.#smoothed - Math.min(this.#lowest, this.#lowestBefore));
  }

  /** @param delay arrival time less sending time, each by its own clock, in milliseconds */
  add(delay: number, now: number): void {
    this.#since ??= now;
    if (now - this.#since > BASE_DELAY_MS) {
      this.#lowestBefore = this.#lowest;
      this.#lowest = Number.POSITIVE_INFINITY;
      this.#since = now;
    }
    const change = Math.abs(delay - (this.#previous ?? delay));
    this.#previous = delay;
    this.#jitterMs += JITTER_SMOOTHING * (change - this.#jitterMs);
    this.#lowest = Math.min(this.#lowest, delay);
    this.#smoothed =
      this.#smoothed === undefined ? delay : this.#smoothed + SMOOTHING * (delay - this.#smoothed);
  }
}
