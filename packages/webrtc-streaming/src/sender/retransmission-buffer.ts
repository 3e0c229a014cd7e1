import {
  RETRANSMISSION_BYTES,
  RETRANSMISSION_MIN_GAP_MS,
  RETRANSMISSION_PACKETS,
  RETRANSMISSION_WINDOW_MS,
} from "../defaults.ts";

/** A packet as it was sent, kept in case it is lost. */
export interface SentPacket {
  sequenceNumber: number;
  timestamp: number;
  marker: boolean;
  payload: Uint8Array;
  sentAt: number;
  /** When it was last sent again; at first long ago. */
  repeatedAt: number;
}

/**
 * The packets of the last second, found by sequence number. The oldest give way when they are too
 * old, or when there are more than {@link RETRANSMISSION_PACKETS} or {@link RETRANSMISSION_BYTES}.
 */
export class RetransmissionBuffer {
  /** A packet's place is its number, wrapped. */
  readonly #slots: (SentPacket | undefined)[] = Array.from({ length: RETRANSMISSION_PACKETS });
  /** Numbers not wrapped: what is held is from `oldest` up to, not with, `next`. */
  #oldest = 0;
  #next = 0;
  #bytes = 0;

  /** @param index the sequence number, not wrapped: one higher with each call */
  store(index: number, packet: SentPacket): void {
    if (this.#next === this.#oldest) this.#oldest = index;
    this.#next = index + 1;
    this.#bytes += packet.payload.length;
    while (this.#isTooMuch(packet.sentAt)) this.#dropOldest();
    this.#slots[index % RETRANSMISSION_PACKETS] = packet;
  }

  /** Bytes of payload held. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The packet to send again, or undefined when it is gone, too old to help, or was repeated a
   * moment ago.
   *
   * @param rttMs a repeat needs that long to arrive; until then there is no use in another
   */
  take(sequenceNumber: number, now: number, rttMs = 0): SentPacket | undefined {
    const slot = this.#slots[sequenceNumber % RETRANSMISSION_PACKETS];
    if (slot === undefined || slot.sequenceNumber !== sequenceNumber) return undefined;
    if (now - slot.sentAt > RETRANSMISSION_WINDOW_MS) return undefined;
    if (now - slot.repeatedAt < Math.max(RETRANSMISSION_MIN_GAP_MS, rttMs)) return undefined;
    slot.repeatedAt = now;
    return slot;
  }

  /** The packet sent last, as long as it is worth something. */
  latest(now: number): SentPacket | undefined {
    const slot = this.#slots[(this.#next - 1) % RETRANSMISSION_PACKETS];
    return slot !== undefined && now - slot.sentAt <= RETRANSMISSION_WINDOW_MS ? slot : undefined;
  }

  #isTooMuch(now: number): boolean {
    // The newest is not in its slot yet, and stays whatever its size.
    if (this.#next - this.#oldest <= 1) return false;
    if (this.#bytes > RETRANSMISSION_BYTES) return true;
    if (this.#next - this.#oldest > RETRANSMISSION_PACKETS) return true;
    const oldest = this.#slots[this.#oldest % RETRANSMISSION_PACKETS];
    return oldest !== undefined && now - oldest.sentAt > RETRANSMISSION_WINDOW_MS;
  }

  #dropOldest(): void {
    const at = this.#oldest % RETRANSMISSION_PACKETS;
    this.#bytes -= this.#slots[at]?.payload.length ?? 0;
    this.#slots[at] = undefined;
    this.#oldest += 1;
  }
}
