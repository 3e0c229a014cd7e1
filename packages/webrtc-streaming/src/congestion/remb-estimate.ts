import type { NetworkState } from "./bandwidth-estimator.ts";
import { MAX_BITS_PER_SECOND, MIN_BITS_PER_SECOND, START_BITS_PER_SECOND } from "./defaults.ts";
import { LossLimit } from "./loss-limit.ts";

/** A report is taken as this many packets, so that each has its full weight. */
const REPORT_PACKETS = 100;

/**
 * The fallback for a far end without transport-wide feedback: its own estimate (REMB), limited by the
 * loss it reports. It never claims much more than it receives, so that a stream below what the link
 * takes finds the rest only slowly.
 */
export class RembEstimate {
  readonly #least: number;
  readonly #most: number;
  readonly #loss = new LossLimit();
  #remb: number;
  #rttMs: number | undefined;

  constructor({
    startBitsPerSecond = START_BITS_PER_SECOND,
    minBitsPerSecond = MIN_BITS_PER_SECOND,
    maxBitsPerSecond = MAX_BITS_PER_SECOND,
  }: {
    startBitsPerSecond?: number;
    minBitsPerSecond?: number;
    maxBitsPerSecond?: number;
  }) {
    this.#least = minBitsPerSecond;
    this.#most = maxBitsPerSecond;
    this.#remb = startBitsPerSecond;
  }

  /** Bits per second, always within the limits given. */
  get estimate(): number {
    const estimate = Math.min(this.#remb, this.#loss.bitsPerSecond);
    return Math.min(this.#most, Math.max(this.#least, estimate));
  }

  /** Lost of sent, 0 to 1. */
  get lossRatio(): number {
    return this.#loss.lossRatio;
  }

  get state(): NetworkState {
    return {
      estimate: this.estimate,
      acknowledged: undefined,
      lossRatio: this.#loss.lossRatio,
      queueDelayMs: 0,
      rttMs: this.#rttMs,
      usage: "normal",
    };
  }

  onRemb(bitsPerSecond: number): void {
    this.#remb = bitsPerSecond;
  }

  /** @param lossRatio lost of sent since the report before, 0 to 1 */
  onReport(lossRatio: number, rttMs: number | undefined, now: number): void {
    this.#rttMs = rttMs ?? this.#rttMs;
    const lost = Math.round(Math.min(1, Math.max(0, lossRatio)) * REPORT_PACKETS);
    this.#loss.count({ arrived: REPORT_PACKETS - lost, lost, recovered: 0 });
    const { estimate } = this;
    this.#loss.update(
      { estimate, measured: undefined, queueDelayMs: 0, rttMs: this.#rttMs ?? 0 },
      now,
    );
  }
}
