import { SENT_PACKETS } from "./defaults.ts";

/** RTCP: transport layer feedback, and this message of it. */
const PACKET_TYPE = 205;
const FORMAT = 15;

/** RTCP header, two sources, base, count, reference time, number. */
const FIXED_BYTES = 20;

/** What a status symbol says. The fourth value is reserved. */
const MISSING = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;

/** Stands for "not received" among arrival times. */
const NEVER = -(2 ** 31);

const TICK_MS = 0.25;

/**
 * Reads transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01)
 * from the bytes of one RTCP packet. Keeps the last one it read; one reader serves a transport for its
 * life and allocates nothing. Bytes that break the format are refused and never throw.
 */
export class TransportFeedbackReader {
  #baseSequence = 0;
  #count = 0;
  #referenceTime = 0;
  readonly #arrivals = new Int32Array(SENT_PACKETS);

  /** Transport sequence number of the first packet told of, 16 bits. */
  get baseSequence(): number {
    return this.#baseSequence;
  }

  /** Packets told of; 0 after a refusal. */
  get count(): number {
    return this.#count;
  }

  /** Units of 64 ms of the receiver's clock, 24 bits. */
  get referenceTime(): number {
    return this.#referenceTime;
  }

  /**
   * @param bytes one RTCP packet, with its header
   * @returns whether it was feedback as the format has it
   */
  read(bytes: Uint8Array): boolean {
    this.#count = 0;
    if (bytes.length < FIXED_BYTES) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const first = view.getUint8(0);
    if (first >> 6 !== 2 || (first & 0x1f) !== FORMAT || view.getUint8(1) !== PACKET_TYPE) {
      return false;
    }
    let end = (view.getUint16(2) + 1) * 4;
    if (end > bytes.length || end < FIXED_BYTES) return false;
    if ((first & 0x20) !== 0) {
      const padding = view.getUint8(end - 1);
      if (padding === 0 || end - padding < FIXED_BYTES) return false;
      end -= padding;
    }
    const count = view.getUint16(14);
    if (count === 0 || count > SENT_PACKETS) return false;
    const deltasAt = this.#readStatuses(view, end, count);
    if (deltasAt === undefined || !this.#readDeltas(view, deltasAt, end, count)) return false;
    this.#baseSequence = view.getUint16(12);
    this.#referenceTime = view.getUint32(16) >>> 8;
    this.#count = count;
    return true;
  }

  /** When a packet arrived, in milliseconds after the reference time; undefined when it did not. */
  arrivalMs(index: number): number | undefined {
    const ticks = this.#arrivals[index];
    if (index >= this.#count || ticks === undefined || ticks === NEVER) return undefined;
    return ticks * TICK_MS;
  }

  /** Leaves the symbols in the place of the arrival times. @returns where the deltas begin */
  #readStatuses(view: DataView, end: number, count: number): number | undefined {
    const statuses = this.#arrivals;
    let at = FIXED_BYTES;
    let index = 0;
    // Each turn takes two bytes and gives at least one status, so that the loop is as long as the packet.
    while (index < count) {
      if (at + 2 > end) return undefined;
      const chunk = view.getUint16(at);
      at += 2;
      if ((chunk & 0x8000) === 0) {
        const symbol = (chunk >> 13) & 3;
        const run = chunk & 0x1fff;
        if (run === 0 || symbol > LARGE_DELTA) return undefined;
        const until = Math.min(count, index + run);
        statuses.fill(symbol, index, until);
        index = until;
      } else {
        const width = (chunk & 0x4000) === 0 ? 1 : 2;
        for (let shift = 14 - width; shift >= 0 && index < count; shift -= width) {
          const symbol = (chunk >> shift) & (width === 1 ? 1 : 3);
          if (symbol > LARGE_DELTA) return undefined;
          statuses[index] = symbol;
          index += 1;
        }
      }
    }
    return at;
  }

  /** Turns symbols into arrival times. */
  #readDeltas(view: DataView, start: number, end: number, count: number): boolean {
    const arrivals = this.#arrivals;
    let at = start;
    let ticks = 0;
    for (let index = 0; index < count; index += 1) {
      const symbol = arrivals[index];
      if (symbol === MISSING) {
        arrivals[index] = NEVER;
      } else {
        const size = symbol === SMALL_DELTA ? 1 : 2;
        if (at + size > end) return false;
        ticks += size === 1 ? view.getUint8(at) : view.getInt16(at);
        at += size;
        arrivals[index] = ticks;
      }
    }
    return true;
  }
}
