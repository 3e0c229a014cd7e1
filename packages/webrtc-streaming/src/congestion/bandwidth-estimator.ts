import { AcknowledgedRate } from "./acknowledged-rate.ts";
import {
  FEEDBACK_PATIENCE_MS,
  FEEDBACK_SILENCE_MS,
  FILLING,
  LEAST_QUEUE_MS,
  LOSS_HIGH,
  MAX_BITS_PER_SECOND,
  MEASURE_MS,
  MEASURE_SHORT_MS,
  MIN_BITS_PER_SECOND,
  SENT_PACKETS,
  SILENCE_DECREASE,
  STANDING_QUEUE_MS,
  START_BITS_PER_SECOND,
} from "./defaults.ts";
import { DelayTrend } from "./delay-trend.ts";
import { LossLimit } from "./loss-limit.ts";
import type { Usage } from "./overuse-detector.ts";
import type { Prober } from "./prober.ts";
import { QueueDelay } from "./queue-delay.ts";
import { RateControl } from "./rate-control.ts";
import { SentPackets } from "./sent-packets.ts";
import { TransportFeedbackReader } from "./transport-feedback.ts";
import { Unwrapper } from "./unwrap.ts";

const REFERENCE_MS = 64;
const RTT_WEIGHT = 0.2;

/** Bits per second on the wire, packet headers included. */
export interface BandwidthEstimatorInit {
  /** @default 600 kbit/s */
  startBitsPerSecond?: number;
  /** @default 50 kbit/s */
  minBitsPerSecond?: number;
  /** @default 50 Mbit/s */
  maxBitsPerSecond?: number;
  prober: Prober;
}

/** What is known of the way to the far end. What is not known is undefined. */
export interface NetworkState {
  /** What can be sent, in bits per second. */
  estimate: number;
  /** What arrives. */
  acknowledged: number | undefined;
  /** Lost of sent before any repeat, 0 to 1, over about half a second. */
  lossRatio: number;
  /** Time packets wait in queues on the way, in milliseconds. */
  queueDelayMs: number;
  rttMs: number | undefined;
  usage: Usage;
}

/**
 * How much the way to one far end takes, from its transport-wide feedback: the lesser of a delay-based
 * and a loss-based estimate (GCC), raised by what probes find. Knows no clock: each call says what
 * time it is, in milliseconds that only go up.
 */
export class BandwidthEstimator {
  readonly #prober: Prober;
  readonly #least: number;
  readonly #most: number;
  readonly #rate: RateControl;
  readonly #loss = new LossLimit();
  readonly #trend = new DelayTrend();
  readonly #queue = new QueueDelay();
  readonly #acknowledged = new AcknowledgedRate();
  /** The same of what is sent, by this side's clock. */
  readonly #sending = new AcknowledgedRate();
  readonly #sent = new SentPackets();
  readonly #reader = new TransportFeedbackReader();
  readonly #reference = new Unwrapper(24);
  /** Of the feedback being read: which packets arrived, and when. In order of arrival after sorting. */
  readonly #arrivedSequence = new Uint16Array(SENT_PACKETS);
  readonly #arrivedAt = new Float64Array(SENT_PACKETS);
  #rttMs: number | undefined;
  #heardAt: number | undefined;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #refused = 0;

  constructor({
    startBitsPerSecond = START_BITS_PER_SECOND,
    minBitsPerSecond = MIN_BITS_PER_SECOND,
    maxBitsPerSecond = MAX_BITS_PER_SECOND,
    prober,
  }: BandwidthEstimatorInit) {
    if (!(minBitsPerSecond > 0 && minBitsPerSecond <= startBitsPerSecond)) {
      throw new RangeError("minBitsPerSecond must be above 0 and not above startBitsPerSecond.");
    }
    if (!(startBitsPerSecond <= maxBitsPerSecond && Number.isFinite(maxBitsPerSecond))) {
      throw new RangeError("maxBitsPerSecond must be finite and not below startBitsPerSecond.");
    }
    this.#prober = prober;
    this.#least = minBitsPerSecond;
    this.#most = maxBitsPerSecond;
    this.#rate = new RateControl({ startBitsPerSecond, minBitsPerSecond, maxBitsPerSecond });
  }

  /** Bits per second, always within the limits given. */
  get estimate(): number {
    const estimate = Math.min(this.#rate.bitsPerSecond, this.#loss.bitsPerSecond);
    return Math.min(this.#most, Math.max(this.#least, estimate));
  }

  get state(): NetworkState {
    return {
      estimate: this.estimate,
      acknowledged: this.#acknowledged.bitsPerSecond(MEASURE_MS),
      lossRatio: this.#loss.lossRatio,
      queueDelayMs: this.#queue.ms,
      rttMs: this.#rttMs,
      usage: this.#trend.usage,
    };
  }

  /** How much the delay differs from packet to packet, in milliseconds. */
  get jitterMs(): number {
    return this.#queue.jitterMs;
  }

  /** Lost of sent before any repeat, 0 to 1, over about half a second. */
  get lossRatio(): number {
    return this.#loss.lossRatio;
  }

  /** Feedback that broke its format. */
  get refusedFeedback(): number {
    return this.#refused;
  }

  /** Whether something was sent just now of which nothing has been heard. What was sent long ago is lost. */
  awaitsFeedback(now: number): boolean {
    return this.#sent.inFlightBytes > 0 && now - this.#lastSentAt < FEEDBACK_PATIENCE_MS;
  }

  /** Whether nothing speaks against sending more for a moment. */
  get healthy(): boolean {
    return this.#trend.usage !== "overuse" && this.#loss.lossRatio < LOSS_HIGH;
  }

  /**
   * A packet leaves now.
   *
   * @param sequence its transport-wide number, of which the lower 16 bits count: up by one with each
   * packet, repeats and padding too
   * @param bytes on the wire
   */
  onSent(sequence: number, bytes: number, now: number): void {
    if (!this.awaitsFeedback(now)) this.#heardAt = now;
    this.#lastSentAt = now;
    this.#sending.add(bytes, now);
    this.#sent.add(sequence & 0xffff, bytes, now, this.#prober.sending?.id ?? 0);
  }

  /**
   * Takes in feedback, the bytes of one RTCP packet. @returns whether it told something new; what
   * breaks the format, or is about packets never sent, changes nothing
   */
  onFeedback(bytes: Uint8Array, now: number): boolean {
    const reader = this.#reader;
    if (!reader.read(bytes)) {
      this.#refused += 1;
      return false;
    }
    const arrived = this.#collect(now);
    if (arrived === undefined) return false;
    this.#heardAt = now;
    let overused = false;
    for (let index = 0; index < arrived; index += 1) {
      const sequence = this.#arrivedSequence[index] ?? 0;
      overused = this.#takeIn(sequence, this.#arrivedAt[index] ?? 0, now) || overused;
    }
    this.#control(overused, arrived, now);
    return true;
  }

  /** Called now and then while something is sent: hearing nothing is news too. */
  tick(now: number): void {
    if (this.#heardAt === undefined || !this.awaitsFeedback(now)) return;
    if (now - this.#heardAt < FEEDBACK_SILENCE_MS + (this.#rttMs ?? 0)) return;
    this.#heardAt = now;
    this.#rate.set(SILENCE_DECREASE * this.estimate, now);
    this.#prober.overused(now);
  }

  /** Sorts what the feedback says into arrived and lost. @returns how many arrived, or undefined when nothing is new */
  #collect(now: number): number | undefined {
    const reader = this.#reader;
    const count = { arrived: 0, lost: 0, recovered: 0 };
    const base = this.#reference.unwrap(reader.referenceTime) * REFERENCE_MS;
    let collected = 0;
    for (let index = 0; index < reader.count; index += 1) {
      const sequence = (reader.baseSequence + index) & 0xffff;
      const offset = reader.arrivalMs(index);
      const report = this.#sent.report(sequence, offset !== undefined, now);
      if (report === "lost") count.lost += 1;
      if (offset === undefined || (report !== "arrived" && report !== "arrived_after_all"))
        continue;
      if (report === "arrived") count.arrived += 1;
      else count.recovered += 1;
      this.#insert(collected, sequence, base + offset);
      collected += 1;
    }
    if (collected === 0 && count.lost === 0) return undefined;
    this.#loss.count(count);
    return collected;
  }

  /** Keeps the list in order of arrival; packets mostly come in that order already. */
  #insert(length: number, sequence: number, arrivedAt: number): void {
    let at = length;
    for (; at > 0 && (this.#arrivedAt[at - 1] ?? 0) > arrivedAt; at -= 1) {
      this.#arrivedAt[at] = this.#arrivedAt[at - 1] ?? 0;
      this.#arrivedSequence[at] = this.#arrivedSequence[at - 1] ?? 0;
    }
    this.#arrivedAt[at] = arrivedAt;
    this.#arrivedSequence[at] = sequence;
  }

  /** @returns whether it showed overuse */
  #takeIn(sequence: number, arrivedAt: number, now: number): boolean {
    const sentAt = this.#sent.sentAt(sequence);
    const bytes = this.#sent.bytes(sequence);
    const probe = this.#sent.probe(sequence);
    this.#acknowledged.add(bytes, arrivedAt);
    this.#queue.add(arrivedAt - sentAt, now);
    if (probe !== 0) this.#prober.arrived(probe, bytes, sentAt, arrivedAt);
    return this.#trend.add(sentAt, arrivedAt, now);
  }

  /**
   * Overuse that is no reason to send less: a probe makes a queue for a moment, and so does chance. Then
   * the rate is held.
   */
  #judge(usage: Usage, now: number): Usage {
    if (usage !== "overuse") return usage;
    return this.#prober.shadows(now) || this.#queue.ms < LEAST_QUEUE_MS ? "underuse" : "overuse";
  }

  /** While packets queue, they arrive as fast as the link goes, over however short a time. */
  #fillsLink(now: number): boolean {
    if (this.#queue.ms < STANDING_QUEUE_MS) return false;
    this.#sending.add(0, now);
    return (this.#sending.bitsPerSecond(MEASURE_MS) ?? Infinity) > FILLING * this.estimate;
  }

  #control(overused: boolean, arrived: number, now: number): void {
    if (arrived > 0) {
      // The last to arrive waited least for its feedback.
      const rtt = now - this.#sent.sentAt(this.#arrivedSequence[arrived - 1] ?? 0);
      this.#rttMs =
        this.#rttMs === undefined ? rtt : this.#rttMs + RTT_WEIGHT * (rtt - this.#rttMs);
    }
    const rttMs = this.#rttMs ?? 0;
    const measured = this.#acknowledged.bitsPerSecond(MEASURE_MS);
    const measuredShort = this.#acknowledged.bitsPerSecond(MEASURE_SHORT_MS);
    if (overused) this.#prober.overused(now);
    const usage = this.#judge(overused ? "overuse" : this.#trend.usage, now);
    const measuredNow = this.#fillsLink(now) ? measuredShort : undefined;
    this.#rate.update({ usage, measured, measuredNow, rttMs }, now);
    this.#loss.update(
      {
        estimate: this.estimate,
        measured: measuredShort ?? measured,
        queueDelayMs: this.#queue.ms,
        rttMs,
      },
      now,
    );
    const found = this.#prober.take(this.estimate, now);
    if (found === undefined) return;
    if (found > this.#rate.bitsPerSecond) this.#rate.set(found, now);
    this.#loss.raise(found);
  }
}
