import { writeTransportFeedback, type FeedbackEntry } from "./feedback-writer.ts";
import type { SimulatedPacket } from "./packet.ts";
import { Playout } from "./playout.ts";
import { RembSource } from "./remb-source.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a viewer sends back. */
export type ViewerMessage =
  | { kind: "transport"; bytes: Uint8Array }
  | { kind: "application"; bytes: Uint8Array }
  | { kind: "nack"; sequences: number[] }
  | { kind: "report"; lossRatio: number };

/** As Chromium at these rates: every 50 ms. */
const FEEDBACK_MS = 50;
const REPORT_MS = 1_000;
/** How often missing packets are looked at, and how many times one is asked for. */
const NACK_MS = 20;
const NACK_TIMES = 8;
/** Asked again after this many round trips: at the start, within limits. */
const NACK_ROUNDS = 1.2;
const ROUND_MS = { start: 150, least: 50, most: 800, weight: 0.2 } as const;
/** Overhead of an RTCP datagram: IP, UDP, SRTCP. */
const RTCP_BYTES = 28 + 24;

/** Feedback remembers arrivals for this long, so that late ones can be told of with their neighbours. */
const MEMORY_MS = 500;

/** The far end: tells of arrivals, asks for what is missing, puts frames together and plays them. */
export class Viewer {
  readonly playout: Playout;
  readonly #time: VirtualTime;
  readonly #send: (message: ViewerMessage, bytes: number) => void;
  readonly #remb: RembSource | undefined;
  readonly #arrivals = new Map<number, number>();
  #highestTold = -1;
  #lowestNew: number | undefined;
  #highest = -1;
  #unwrapped: number | undefined;
  #feedbacks = 0;
  #highestSequence = -1;
  readonly #missing = new Map<number, { askedAt: number; times: number }>();
  #roundMs: number = ROUND_MS.start;
  readonly #parts = new Map<number, { have: Set<number>; needed: number }>();
  readonly #seen = new Set<number>();
  #expectedBefore = 0;
  #receivedBefore = 0;
  #received = 0;
  receivedBytes = 0;

  constructor(
    time: VirtualTime,
    send: (message: ViewerMessage, bytes: number) => void,
    feedback: "transport" | "remb",
  ) {
    this.#time = time;
    this.#send = send;
    this.playout = new Playout(time);
    if (feedback === "remb") this.#remb = new RembSource();
    time.every(NACK_MS, () => this.#askForMissing());
    time.every(FEEDBACK_MS, () => this.#tell());
    if (feedback === "remb") time.every(REPORT_MS, () => this.#report());
  }

  receive(packet: SimulatedPacket): void {
    const { now } = this.#time;
    this.receivedBytes += packet.bytes;
    this.#noteArrival(packet.transportSequence & 0xffff);
    this.#remb?.arrived(packet.bytes, packet.sentAt, now);
    this.#noteSequence(packet);
    this.#assemble(packet);
  }

  #noteArrival(sequence: number): void {
    const last = this.#unwrapped ?? sequence;
    const ahead = (sequence - last) & 0xffff;
    const unwrapped = last + (ahead < 0x8000 ? ahead : ahead - 0x1_0000);
    this.#unwrapped = Math.max(last, unwrapped);
    if (this.#arrivals.has(unwrapped)) return;
    this.#arrivals.set(unwrapped, this.#time.now);
    this.#highest = Math.max(this.#highest, unwrapped);
    this.#lowestNew = Math.min(this.#lowestNew ?? unwrapped, unwrapped);
  }

  #noteSequence({ sequence, isRepeat }: SimulatedPacket): void {
    if (!isRepeat) this.#received += 1;
    const asked = this.#missing.get(sequence);
    this.#missing.delete(sequence);
    if (isRepeat) {
      if (asked?.times === 1) this.#noteRound(this.#time.now - asked.askedAt);
      return;
    }
    for (let gone = this.#highestSequence + 1; gone < sequence; gone += 1) {
      this.#missing.set(gone, { askedAt: Number.NEGATIVE_INFINITY, times: 0 });
    }
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
  }

  #assemble({ frame, part, sequence }: SimulatedPacket): void {
    if (this.#seen.has(sequence)) return;
    this.#seen.add(sequence);
    const parts = this.#parts.get(frame.id) ?? { have: new Set(), needed: frame.packets };
    this.#parts.set(frame.id, parts);
    parts.have.add(part);
    if (parts.have.size < parts.needed) return;
    this.#parts.delete(frame.id);
    this.playout.complete(frame);
  }

  #askForMissing(): void {
    const { now } = this.#time;
    const sequences: number[] = [];
    for (const [sequence, state] of this.#missing) {
      if (state.times >= NACK_TIMES) this.#missing.delete(sequence);
      else if (now - state.askedAt >= NACK_ROUNDS * this.#roundMs) {
        state.askedAt = now;
        state.times += 1;
        sequences.push(sequence);
      }
    }
    if (sequences.length > 0)
      this.#send({ kind: "nack", sequences }, RTCP_BYTES + 4 * sequences.length);
  }

  #noteRound(ms: number): void {
    const { least, most, weight } = ROUND_MS;
    const next = this.#roundMs + weight * (ms - this.#roundMs);
    this.#roundMs = Math.min(most, Math.max(least, next));
  }

  #tell(): void {
    if (this.#remb !== undefined) {
      const bytes = this.#remb.message(this.#time.now);
      if (bytes !== undefined)
        this.#send({ kind: "application", bytes }, RTCP_BYTES + bytes.length);
      return;
    }
    if (this.#lowestNew === undefined) return;
    // From the first not told of yet, or from a late one; all that is known from there on.
    const from = Math.min(this.#highestTold + 1, this.#lowestNew);
    const start = this.#highestTold === -1 ? this.#lowestNew : from;
    const entries: FeedbackEntry[] = [];
    for (let sequence = start; sequence <= this.#highest; sequence += 1) {
      const at = this.#arrivals.get(sequence);
      entries.push({ sequence, arrivalTicks: at === undefined ? undefined : Math.round(at * 4) });
    }
    this.#lowestNew = undefined;
    this.#highestTold = this.#highest;
    for (const [sequence, at] of this.#arrivals) {
      if (this.#time.now - at < MEMORY_MS) break;
      this.#arrivals.delete(sequence);
    }
    const bytes = writeTransportFeedback(entries, this.#feedbacks);
    this.#feedbacks += 1;
    this.#send({ kind: "transport", bytes }, RTCP_BYTES + bytes.length);
  }

  #report(): void {
    const expected = this.#highestSequence + 1 - this.#expectedBefore;
    const received = this.#received - this.#receivedBefore;
    this.#expectedBefore = this.#highestSequence + 1;
    this.#receivedBefore = this.#received;
    if (expected <= 0) return;
    this.#send(
      { kind: "report", lossRatio: Math.max(0, 1 - received / expected) },
      RTCP_BYTES + 32,
    );
  }
}
