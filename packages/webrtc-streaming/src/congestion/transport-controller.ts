import { BandwidthEstimator, type NetworkState } from "./bandwidth-estimator.ts";
import { BURST_MS, TICK_MS } from "./defaults.ts";
import { PacingQueue, type TransportPacket } from "./pacing-queue.ts";
import { pacingRate } from "./pacing-rate.ts";
import { Prober } from "./prober.ts";
import { RembEstimate } from "./remb-estimate.ts";
import { readRemb } from "./remb.ts";

export interface TransportControllerInit {
  /**
   * Makes a packet that carries nothing new, to fill a probe with: a repeat of one just sent, with the
   * numbering of repeats (RFC 4588). Undefined when there is none; then there is no probe.
   */
  createPadding: () => TransportPacket | undefined;
  /**
   * What the far end tells about arrivals: transport-wide feedback, or only its own estimate (REMB).
   *
   * @default "transport"
   */
  feedback?: "transport" | "remb";
  /** @default 600 kbit/s */
  startBitsPerSecond?: number;
  /** @default 50 kbit/s */
  minBitsPerSecond?: number;
  /** @default 50 Mbit/s */
  maxBitsPerSecond?: number;
}

/** {@link NetworkState}, and what happens on this side of the network. */
export interface TransportState extends NetworkState {
  pacingBitsPerSecond: number;
  /** How long the oldest video packet has waited here, in milliseconds. */
  pacerDelayMs: number;
  queuedBytes: number;
}

/**
 * Everything that leaves through one transport passes here: it is paced, remembered until feedback
 * tells of it, and probes are made of it. Has no clock and no timer: whoever owns it calls
 * {@link poll} when it asked to be called. All times are milliseconds of one clock that only goes up.
 */
export class TransportController {
  readonly #createPadding: () => TransportPacket | undefined;
  readonly #prober = new Prober();
  readonly #queue = new PacingQueue();
  readonly #estimator: BandwidthEstimator;
  readonly #remb: RembEstimate | undefined;
  #media = 0;
  #wanted = 0;
  #least = 0;
  /** Bytes that may leave now; below zero while the last packet is being paid for. */
  #budget = 0;
  #packets = 0;
  #budgetAt: number | undefined;
  #pacing = 0;

  constructor({ createPadding, feedback = "transport", ...limits }: TransportControllerInit) {
    this.#createPadding = createPadding;
    this.#estimator = new BandwidthEstimator({ ...limits, prober: this.#prober });
    if (feedback === "remb") this.#remb = new RembEstimate(limits);
  }

  /** What can be sent, in bits per second on the wire. */
  get estimate(): number {
    return this.#remb?.estimate ?? this.#estimator.estimate;
  }

  /** Whether video may be queued; its producer waits while not. */
  get hasRoom(): boolean {
    return this.#queue.hasRoom;
  }

  state(now: number): TransportState {
    return {
      ...(this.#remb?.state ?? this.#estimator.state),
      pacingBitsPerSecond: this.#pacing,
      pacerDelayMs: this.#queue.delayMs(now),
      queuedBytes: this.#queue.bytes,
    };
  }

  /**
   * @param media what the chosen rung and the sound take on the wire, on average
   * @param wanted what it would be of use to have: the need of the highest rung
   * @param least what the lowest rung takes: sent whatever the estimate, as long as most gets through
   */
  setRates({ media, wanted, least }: { media: number; wanted: number; least: number }): void {
    this.#media = media;
    this.#least = least;
    this.#wanted = wanted;
  }

  /** Queues a packet; it leaves in a {@link poll}. */
  enqueue(packet: TransportPacket, now: number): void {
    this.#queue.push(packet, now);
  }

  /**
   * A packet leaves now: one that a {@link poll} sends, or one that goes past the queue, as sound does.
   * Told from within its `send`.
   *
   * @param sequence its transport-wide number: up by one with each packet, repeats and padding too
   * @param bytes on the wire
   */
  onSent(sequence: number, bytes: number, now: number): void {
    this.#estimator.onSent(sequence, bytes, now);
    this.#account(bytes, now);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue.clear();
  }

  /**
   * Sends what is due.
   *
   * @returns when to call again, at the latest; undefined when there is nothing to do before a packet
   * is queued
   */
  poll(now: number): number | undefined {
    this.#estimator.tick(now);
    this.#maybeProbe(now);
    this.#pace(now);
    for (;;) {
      const probe = this.#prober.sending;
      if (this.#budget < 0) break;
      const packet =
        this.#queue.take() ?? (probe === undefined ? undefined : this.#createPadding());
      if (packet === undefined) {
        if (probe !== undefined) this.#prober.cancel(now);
        break;
      }
      this.#send(packet, now);
      if (probe !== undefined && this.#prober.sending === undefined) this.#pace(now);
    }
    return this.#nextPoll(now);
  }

  /** The bytes of one RTCP packet with transport-wide feedback. @returns whether it told something new */
  onTransportFeedback(bytes: Uint8Array, now: number): boolean {
    return this.#estimator.onFeedback(bytes, now);
  }

  /** The bytes of one RTCP packet of application layer feedback. @returns whether it was a REMB of use here */
  onApplicationFeedback(bytes: Uint8Array): boolean {
    const rate = readRemb(bytes);
    if (rate === undefined || this.#remb === undefined) return false;
    this.#remb.onRemb(rate);
    return true;
  }

  /** What the far end's receiver reports say; all there is to know about loss where there is no other feedback. */
  onReceiverReport({ lossRatio, rttMs }: { lossRatio: number; rttMs?: number }, now: number): void {
    this.#remb?.onReport(lossRatio, rttMs, now);
  }

  #maybeProbe(now: number): void {
    // Without transport-wide feedback nobody would tell what a probe has found.
    if (this.#remb !== undefined || this.#media === 0) return;
    const wasSending = this.#prober.sending !== undefined;
    const { estimate, jitterMs, healthy } = this.#estimator;
    this.#prober.maybeStart({ estimate, wanted: this.#wanted, jitterMs, healthy }, now);
    // A probe begins with its own pace, not with what is left of the other.
    if (!wasSending && this.#prober.sending !== undefined) this.#budget = Math.min(0, this.#budget);
  }

  /** Sets the pace, and adds what the time since the last call was worth. */
  #pace(now: number): void {
    const before = this.#pacing;
    this.#pacing =
      this.#prober.sending?.targetBitsPerSecond ??
      pacingRate({
        media: this.#media,
        least: this.#least,
        estimate: this.estimate,
        lossRatio: this.#remb?.lossRatio ?? this.#estimator.lossRatio,
        queuedBytes: this.#queue.bytes,
      });
    const earned = (before / 8_000) * (now - (this.#budgetAt ?? now));
    this.#budgetAt = now;
    const most = (this.#pacing / 8_000) * BURST_MS;
    this.#budget = Math.min(this.#budget + earned, most);
  }

  #send(packet: TransportPacket, now: number): void {
    const before = this.#packets;
    packet.send();
    // Without transport-wide numbers nobody tells.
    if (this.#packets === before) this.#account(packet.bytes, now);
  }

  #account(bytes: number, now: number): void {
    this.#packets += 1;
    this.#budget -= bytes;
    if (this.#prober.sent(bytes, now)) this.#budget = Math.min(0, this.#budget);
  }

  #nextPoll(now: number): number | undefined {
    if (!this.#queue.isEmpty || this.#prober.sending !== undefined) {
      return now + Math.max(0, -this.#budget / (this.#pacing / 8_000));
    }
    if (this.#remb !== undefined) return undefined;
    return this.#estimator.awaitsFeedback(now) ? now + TICK_MS : undefined;
  }
}
