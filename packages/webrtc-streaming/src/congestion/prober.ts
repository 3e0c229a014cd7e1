import {
  PROBE_DOUBTS,
  PROBE_FACTOR,
  PROBE_MS,
  PROBE_PACKETS,
  PROBE_SHADOW_MS,
  PROBE_SUCCESS,
  PROBE_TIMEOUT_MS,
  PROBE_WAIT_MS,
  PROBE_WORTHWHILE,
} from "./defaults.ts";
import { ProbeMeasurement } from "./probe-measurement.ts";

/** What the prober goes by. */
export interface ProbeInput {
  estimate: number;
  /** The rate that would be of use, in bits per second; nothing above it is looked for. */
  wanted: number;
  /** How much the delay differs from packet to packet: a probe has to be long against that. */
  jitterMs: number;
  /** Whether the link shows no sign of trouble now. */
  healthy: boolean;
}

/**
 * Decides when to send more than there is to send, for a moment, to find out whether the link takes it:
 * at the start, after each success until what is wanted is reached, and again and again while it is
 * not. A probe that fails or is followed by overuse doubles the wait.
 */
export class Prober {
  #current: ProbeMeasurement | undefined;
  #sending = false;
  #endsAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;
  #waitMs: number = PROBE_WAIT_MS.least;
  #lengthMs: number = PROBE_MS.least;
  #probes = 0;
  #succeeded = false;
  /** What the probe before measured in a full link: worth a probe of its own, less far above. */
  #doubted: number | undefined;
  #doubts = 0;

  /** The probe that is being sent. */
  get sending(): ProbeMeasurement | undefined {
    return this.#sending ? this.#current : undefined;
  }

  /** Whether delay that is seen now may come from a probe. */
  shadows(now: number): boolean {
    return this.#sending || now - this.#endsAt < PROBE_SHADOW_MS;
  }

  /** Begins a probe when it is time for one. */
  maybeStart({ estimate, wanted, jitterMs, healthy }: ProbeInput, now: number): void {
    if (this.#current !== undefined && now - this.#endsAt > PROBE_TIMEOUT_MS && !this.#sending) {
      this.#current = undefined;
      this.#fail(now);
    }
    if (this.#current !== undefined || estimate >= wanted || !healthy || now < this.#nextAt) return;
    const factor =
      this.#probes === 0 || (this.#succeeded && this.#probes === 1)
        ? PROBE_FACTOR.start
        : PROBE_FACTOR.later;
    this.#lengthMs = Math.min(PROBE_MS.most, Math.max(PROBE_MS.least, PROBE_MS.jitters * jitterMs));
    const target = Math.min(wanted, estimate * factor, this.#doubted ?? Infinity);
    this.#doubted = undefined;
    this.#probes += 1;
    this.#current = new ProbeMeasurement(this.#probes, target);
    this.#sending = true;
  }

  /** @returns whether the probe has been sent in full with this packet */
  sent(bytes: number, now: number): boolean {
    const probe = this.sending;
    if (probe === undefined) return false;
    probe.sent(bytes);
    const enough = (probe.targetBitsPerSecond / 8_000) * this.#lengthMs;
    if (probe.sentBytes < enough || probe.sentPackets < PROBE_PACKETS) return false;
    this.#sending = false;
    this.#endsAt = now;
    return true;
  }

  /** There is nothing to fill a probe with: it did not take place. */
  cancel(now: number): void {
    this.#sending = false;
    this.#current = undefined;
    this.#nextAt = Math.max(this.#nextAt, now + PROBE_WAIT_MS.least / 4);
  }

  /** A packet of a probe has arrived. */
  arrived(id: number, bytes: number, sentAt: number, arrivedAt: number): void {
    if (this.#current?.id === id) this.#current.arrived(bytes, sentAt, arrivedAt);
  }

  /** After each feedback. @returns the room a probe has found, once, in bits per second */
  take(estimate: number, now: number): number | undefined {
    const probe = this.#current;
    const result = this.#sending ? undefined : probe?.result;
    if (probe === undefined || result === undefined) return undefined;
    this.#current = undefined;
    const { bitsPerSecond, metFullLink } = result;
    if (!metFullLink) {
      this.#succeeded = bitsPerSecond >= PROBE_SUCCESS * probe.targetBitsPerSecond;
      this.#doubts = 0;
      if (this.#succeeded) this.#waitMs = PROBE_WAIT_MS.least;
      else this.#fail(now);
      return bitsPerSecond;
    }
    if (this.#doubts < PROBE_DOUBTS && bitsPerSecond > PROBE_WORTHWHILE * estimate) {
      this.#doubts += 1;
      this.#doubted = bitsPerSecond;
      this.#nextAt = Math.max(this.#nextAt, now + PROBE_SHADOW_MS);
    } else {
      this.#fail(now);
    }
    return undefined;
  }

  /** The link is overused. In a probe's shadow that is the probe's fault; else it is time to lie low. */
  overused(now: number): void {
    if (this.shadows(now)) this.#backOff(now);
    else this.#nextAt = Math.max(this.#nextAt, now + this.#waitMs);
  }

  #fail(now: number): void {
    this.#succeeded = false;
    this.#doubts = 0;
    this.#backOff(now);
  }

  #backOff(now: number): void {
    // Once for one probe: the overuse it causes and its poor result are the same news.
    if (this.#nextAt > now + this.#waitMs / 2) return;
    this.#nextAt = now + this.#waitMs;
    this.#waitMs = Math.min(PROBE_WAIT_MS.most, this.#waitMs * 2);
  }
}
