import { SENT_PACKETS, SENT_WINDOW_MS } from "./defaults.ts";

const UNKNOWN = 0;
const IN_FLIGHT = 1;
const LOST = 2;
const ARRIVED = 3;

/** What feedback says of a packet, held against what was known of it. */
export type Report = "unknown" | "repeated" | "arrived" | "arrived_after_all" | "lost";

/**
 * Packets as they were sent, found by transport sequence number: the last {@link SENT_PACKETS} of the
 * last {@link SENT_WINDOW_MS}. The oldest give way.
 */
export class SentPackets {
  readonly #sequences = new Uint16Array(SENT_PACKETS);
  readonly #states = new Uint8Array(SENT_PACKETS);
  readonly #sentAt = new Float64Array(SENT_PACKETS);
  readonly #bytes = new Uint32Array(SENT_PACKETS);
  readonly #probes = new Int32Array(SENT_PACKETS);
  #inFlightBytes = 0;

  /** Bytes sent of which nothing has been heard yet. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /**
   * @param sequence its transport sequence number, 16 bits
   * @param probe number of the probe it belongs to, 0 for none
   */
  add(sequence: number, bytes: number, now: number, probe: number): void {
    const slot = sequence % SENT_PACKETS;
    if (this.#states[slot] === IN_FLIGHT) this.#inFlightBytes -= this.#bytes[slot] ?? 0;
    this.#sequences[slot] = sequence;
    this.#states[slot] = IN_FLIGHT;
    this.#sentAt[slot] = now;
    this.#bytes[slot] = bytes;
    this.#probes[slot] = probe;
    this.#inFlightBytes += bytes;
  }

  /** Takes in that a packet arrived or did not, once: what is said again changes nothing. */
  report(sequence: number, arrived: boolean, now: number): Report {
    const slot = sequence % SENT_PACKETS;
    const state = this.#states[slot];
    if (state === UNKNOWN || this.#sequences[slot] !== sequence) return "unknown";
    if (now - this.sentAt(sequence) > SENT_WINDOW_MS) return "unknown";
    if (state === ARRIVED || (state === LOST && !arrived)) return "repeated";
    this.#states[slot] = arrived ? ARRIVED : LOST;
    if (state === LOST) return "arrived_after_all";
    this.#inFlightBytes -= this.#bytes[slot] ?? 0;
    return arrived ? "arrived" : "lost";
  }

  sentAt(sequence: number): number {
    return this.#sentAt[sequence % SENT_PACKETS] ?? 0;
  }

  bytes(sequence: number): number {
    return this.#bytes[sequence % SENT_PACKETS] ?? 0;
  }

  probe(sequence: number): number {
    return this.#probes[sequence % SENT_PACKETS] ?? 0;
  }
}
