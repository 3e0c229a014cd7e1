import { DECREASE, GROWTH_PER_SECOND, LEAST_LEFT, RATE_OVER_MEASURED } from "./defaults.ts";
import type { Usage } from "./overuse-detector.ts";

/** Weight of the newest in the average of rates at which the link was full (GCC 5.5 suggests 0.95 for the past). */
const LIMIT_WEIGHT = 0.05;

/** Reaction of the far end beside the round trip (GCC 5.5: response_time = 100 ms + rtt). */
const RESPONSE_MS = 100;

/** A step is never computed over more than this (GCC 5.5). */
const MOST_ELAPSED_MS = 1_000;

/** Added to the ceiling above what is measured, so that a very slow stream can grow. libwebrtc. */
const CEILING_BITS = 10_000;

/** Frames and packet size that the additive step assumes (GCC 5.5). */
const FRAMES_PER_SECOND = 30;
const PACKET_BITS = 1_200 * 8;
const LEAST_STEP_BITS = 1_000;

export interface RateControlInit {
  startBitsPerSecond: number;
  minBitsPerSecond: number;
  maxBitsPerSecond: number;
}

/** What one step of the control goes by. */
export interface RateControlInput {
  usage: Usage;
  /** Bits per second that arrive; undefined before it is known. */
  measured: number | undefined;
  /**
   * What arrives just now, while the link is busy all the time and enough is sent to fill it. Undefined
   * otherwise: then what arrives is what was sent, and says less of what the link takes.
   */
  measuredNow: number | undefined;
  rttMs: number;
}

/**
 * Additive increase near the rate at which the link was last full, multiplicative increase far from
 * it, multiplicative decrease on overuse (GCC 5.5).
 */
export class RateControl {
  readonly #init: RateControlInit;
  #state: "hold" | "increase" | "decrease" = "hold";
  #rate: number;
  #updatedAt: number | undefined;
  #decreasedAt = Number.NEGATIVE_INFINITY;
  /** Average and relative variance of the rates at which the link was full. */
  #limit: { average: number; variance: number } | undefined;

  constructor(init: RateControlInit) {
    this.#init = init;
    this.#rate = init.startBitsPerSecond;
  }

  get bitsPerSecond(): number {
    return this.#rate;
  }

  /** Sets what was found otherwise: by a probe, or by hearing nothing. */
  set(bitsPerSecond: number, now: number): void {
    if (this.#limit !== undefined && bitsPerSecond > upper(this.#limit)) this.#limit = undefined;
    this.#rate = this.#clamp(bitsPerSecond);
    this.#updatedAt = now;
  }

  update({ usage, measured, measuredNow, rttMs }: RateControlInput, now: number): void {
    const elapsed = Math.min(MOST_ELAPSED_MS, now - (this.#updatedAt ?? now));
    this.#updatedAt = now;
    this.#transit(usage);
    if (this.#state === "increase") this.#increase(elapsed, measured, rttMs);
    else if (this.#state === "decrease") {
      // Soon after a decrease its effect cannot be seen yet.
      if (now - this.#decreasedAt >= Math.min(200, Math.max(10, rttMs))) {
        this.#decrease(measured, measuredNow, now);
      }
      this.#state = "hold";
    }
  }

  /** The table of GCC 5.5. */
  #transit(usage: Usage): void {
    if (usage === "overuse") this.#state = "decrease";
    else if (usage === "underuse") this.#state = "hold";
    else this.#state = "increase";
  }

  #increase(elapsedMs: number, measured: number | undefined, rttMs: number): void {
    if (measured !== undefined && this.#limit !== undefined && measured > upper(this.#limit)) {
      this.#limit = undefined;
    }
    const next =
      this.#limit === undefined
        ? this.#rate * GROWTH_PER_SECOND ** (elapsedMs / 1_000)
        : this.#rate + this.#step(elapsedMs, rttMs);
    const ceiling =
      measured === undefined ? this.#rate : RATE_OVER_MEASURED * measured + CEILING_BITS;
    // With less to send than the link takes, nothing is learnt about how much more it takes.
    if (next > this.#rate) this.#rate = this.#clamp(Math.max(this.#rate, Math.min(next, ceiling)));
  }

  /** About half a packet in each time a change needs to be seen. */
  #step(elapsedMs: number, rttMs: number): number {
    const frameBits = this.#rate / FRAMES_PER_SECOND;
    const packetBits = frameBits / Math.ceil(frameBits / PACKET_BITS);
    const response = RESPONSE_MS + rttMs;
    return Math.max(
      (LEAST_STEP_BITS * elapsedMs) / response,
      0.5 * packetBits * Math.min(elapsedMs / response, 1),
    );
  }

  #decrease(measured: number | undefined, measuredNow: number | undefined, now: number): void {
    this.#decreasedAt = now;
    const arrives = Math.min(measured ?? this.#rate, measuredNow ?? this.#rate);
    const next =
      measuredNow === undefined
        ? Math.max(DECREASE * arrives, LEAST_LEFT * this.#rate)
        : DECREASE * arrives;
    this.#learnLimit(measuredNow ?? measured ?? this.#rate);
    if (next < this.#rate) this.#rate = this.#clamp(next);
  }

  #learnLimit(measured: number): void {
    const limit = this.#limit;
    // Far below what was known: another link, or another share of it.
    if (limit === undefined || measured < lower(limit)) {
      this.#limit = { average: measured, variance: 0.4 };
      return;
    }
    const error = limit.average - measured;
    const norm = Math.max(limit.average, 1);
    limit.average += LIMIT_WEIGHT * (measured - limit.average);
    const variance =
      (1 - LIMIT_WEIGHT) * limit.variance + (LIMIT_WEIGHT * error * error) / norm / 1_000;
    limit.variance = Math.min(2.5, Math.max(0.4, variance));
  }

  #clamp(rate: number): number {
    const { minBitsPerSecond, maxBitsPerSecond } = this.#init;
    return Math.min(maxBitsPerSecond, Math.max(minBitsPerSecond, rate));
  }
}

/** Three standard deviations, as GCC 5.5 has it; the variance is per kbit/s of the average, as in libwebrtc. */
function deviation({ average, variance }: { average: number; variance: number }): number {
  return 3 * Math.sqrt(variance * (average / 1_000)) * 1_000;
}

function upper(limit: { average: number; variance: number }): number {
  return limit.average + deviation(limit);
}

function lower(limit: { average: number; variance: number }): number {
  return limit.average - deviation(limit);
}
