import { PROBE_ARRIVED, PROBE_COMPRESSED, PROBE_FULL, PROBE_PACKETS } from "./defaults.ts";

/**
 * The packets of one probe, and what their arrival says of the link: the rate at which they came
 * through, however little else is sent.
 */
export class ProbeMeasurement {
  readonly id: number;
  readonly targetBitsPerSecond: number;
  #sentPackets = 0;
  #sentBytes = 0;
  #packets = 0;
  #bytes = 0;
  #firstSentAt = Number.POSITIVE_INFINITY;
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #lastSentBytes = 0;
  #firstArrivedAt = Number.POSITIVE_INFINITY;
  #lastArrivedAt = Number.NEGATIVE_INFINITY;
  #firstArrivedBytes = 0;

  constructor(id: number, targetBitsPerSecond: number) {
    this.id = id;
    this.targetBitsPerSecond = targetBitsPerSecond;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get sentPackets(): number {
    return this.#sentPackets;
  }

  sent(bytes: number): void {
    this.#sentPackets += 1;
    this.#sentBytes += bytes;
  }

  arrived(bytes: number, sentAt: number, arrivedAt: number): void {
    this.#packets += 1;
    this.#bytes += bytes;
    this.#firstSentAt = Math.min(this.#firstSentAt, sentAt);
    if (sentAt >= this.#lastSentAt) {
      this.#lastSentAt = sentAt;
      this.#lastSentBytes = bytes;
    }
    if (arrivedAt < this.#firstArrivedAt) {
      this.#firstArrivedAt = arrivedAt;
      this.#firstArrivedBytes = bytes;
    }
    this.#lastArrivedAt = Math.max(this.#lastArrivedAt, arrivedAt);
  }

  /**
   * What the probe shows, or undefined while too little of it has arrived. One that came through as fast
   * as it was sent found room. One that came through slower met a full link, perhaps with others in it:
   * then what it measured is more than there is for it alone.
   */
  get result(): { bitsPerSecond: number; metFullLink: boolean } | undefined {
    if (this.#packets < Math.max(2, PROBE_PACKETS * PROBE_ARRIVED)) return undefined;
    if (this.#bytes < this.#sentBytes * PROBE_ARRIVED) return undefined;
    const sendMs = this.#lastSentAt - this.#firstSentAt;
    const receiveMs = this.#lastArrivedAt - this.#firstArrivedAt;
    if (sendMs <= 0 || receiveMs <= 0) return undefined;
    // Of n packets n-1 lie between the first and the last time; which one is outside differs.
    const sent = ((this.#bytes - this.#lastSentBytes) * 8_000) / sendMs;
    const received = ((this.#bytes - this.#firstArrivedBytes) * 8_000) / receiveMs;
    if (received > sent * PROBE_COMPRESSED) return undefined;
    const metFullLink = received < sent * PROBE_FULL.below;
    return {
      bitsPerSecond: metFullLink ? received * PROBE_FULL.believe : Math.min(sent, received),
      metFullLink,
    };
  }
}
