import {
  DECREASE,
  FULL_QUEUE_MS,
  LOSS_AVERAGE_MS,
  LOSS_DECREASE_MS,
  LOSS_FULL_QUEUE,
  LOSS_GROWTH_PER_SECOND,
  LOSS_HIGH,
  LOSS_LOW,
  LOSS_PACKETS,
} from "./defaults.ts";

/** Above this many times the rest of the estimate the limit limits nothing and is taken off. */
const LOOSE = 1.5;

/** What one step goes by. */
export interface LossInput {
  /** The estimate as it is now. */
  estimate: number;
  /** Bits per second that arrive; undefined before it is known. */
  measured: number | undefined;
  queueDelayMs: number;
  rttMs: number;
}

/**
 * The loss-based part (GCC 6): a limit on the estimate that falls when more than a tenth is lost and
 * grows when next to nothing is. What is lost at random on a radio link leaves it alone.
 */
export class LossLimit {
  #limit = Number.POSITIVE_INFINITY;
  #sent = 0;
  #lost = 0;
  #average = 0;
  #updatedAt: number | undefined;
  #decreasedAt = Number.NEGATIVE_INFINITY;

  get bitsPerSecond(): number {
    return this.#limit;
  }

  /** Lost of sent, 0 to 1, averaged over about half a second. */
  get lossRatio(): number {
    return this.#average;
  }

  /** Counts what feedback said. `recovered` were called lost before and have arrived after all. */
  count({ arrived, lost, recovered }: { arrived: number; lost: number; recovered: number }): void {
    this.#sent += arrived + lost;
    this.#lost = Math.max(0, this.#lost + lost - recovered);
  }

  update({ estimate, measured, queueDelayMs, rttMs }: LossInput, now: number): void {
    if (this.#sent < LOSS_PACKETS) return;
    const ratio = Math.min(1, this.#lost / this.#sent);
    this.#sent = 0;
    this.#lost = 0;
    // The first ratio is all that is known.
    const elapsed = this.#updatedAt === undefined ? Infinity : Math.max(0, now - this.#updatedAt);
    this.#updatedAt = now;
    this.#average = ratio + Math.exp(-elapsed / LOSS_AVERAGE_MS) * (this.#average - ratio);
    // Both have to agree: one burst is not a state, and an old state is not now.
    const high = Math.min(ratio, this.#average);
    const low = Math.max(ratio, this.#average);
    if (high > LOSS_HIGH) {
      if (now - this.#decreasedAt < LOSS_DECREASE_MS + rttMs) return;
      this.#decreasedAt = now;
      const full = high > LOSS_FULL_QUEUE && queueDelayMs > FULL_QUEUE_MS;
      const next = estimate * (1 - 0.5 * high);
      this.#limit = full && measured !== undefined ? Math.min(next, DECREASE * measured) : next;
    } else if (low < LOSS_LOW) {
      this.#limit *= LOSS_GROWTH_PER_SECOND ** (Math.min(elapsed, 1_000) / 1_000);
      if (this.#limit > LOOSE * estimate) this.#limit = Number.POSITIVE_INFINITY;
    }
  }

  /** A probe got this much through. */
  raise(bitsPerSecond: number): void {
    if (bitsPerSecond > this.#limit) this.#limit = bitsPerSecond;
  }
}
