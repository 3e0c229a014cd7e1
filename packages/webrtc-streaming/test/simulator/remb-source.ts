import { AcknowledgedRate } from "../../src/congestion/acknowledged-rate.ts";
import { DelayTrend } from "../../src/congestion/delay-trend.ts";
import { RateControl } from "../../src/congestion/rate-control.ts";

/** A change down of this much is told at once; else once a second. */
const TOLD_AT_ONCE = 0.97;
const INTERVAL_MS = 1_000;

/** The estimate a receiver makes by itself, as browsers do for senders without transport-wide feedback. */
export class RembSource {
  readonly #trend = new DelayTrend();
  readonly #rate = new RateControl({
    startBitsPerSecond: 300_000,
    minBitsPerSecond: 30_000,
    maxBitsPerSecond: 50_000_000,
  });
  readonly #measured = new AcknowledgedRate();
  #toldAt = Number.NEGATIVE_INFINITY;
  #told = Number.POSITIVE_INFINITY;

  arrived(bytes: number, sentAt: number, now: number): void {
    this.#measured.add(bytes, now);
    this.#trend.add(sentAt, now, now);
  }

  /** @returns a REMB when it is time for one */
  message(now: number): Uint8Array | undefined {
    this.#rate.update(
      {
        usage: this.#trend.usage,
        measured: this.#measured.bitsPerSecond(500),
        measuredNow: this.#measured.bitsPerSecond(500),
        rttMs: 100,
      },
      now,
    );
    const rate = this.#rate.bitsPerSecond;
    if (rate > TOLD_AT_ONCE * this.#told && now - this.#toldAt < INTERVAL_MS) return undefined;
    this.#told = rate;
    this.#toldAt = now;
    return writeRemb(rate);
  }
}

/** The message of draft-alvestrand-rmcat-remb-03, for one source. */
export function writeRemb(bitsPerSecond: number): Uint8Array {
  let exponent = 0;
  let mantissa = Math.floor(bitsPerSecond);
  while (mantissa >= 2 ** 18) {
    mantissa = Math.floor(mantissa / 2);
    exponent += 1;
  }
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (2 << 6) | 15);
  view.setUint8(1, 206);
  view.setUint16(2, 5);
  view.setUint32(4, 0x1111_1111);
  bytes.set(new TextEncoder().encode("REMB"), 12);
  view.setUint32(16, (1 << 24) | (exponent << 18) | mantissa);
  view.setUint32(20, 0x2222_2222);
  return bytes;
}
