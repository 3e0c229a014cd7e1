import {
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
}

/**
 * The packets of the last second (and {@link RETRANSMISSION_PACKETS} at most; the oldest give way),
 * found by sequence number.
 */
export class RetransmissionBuffer {
  readonly #slots: ((SentPacket & { repeatedAt: number }) | undefined)[] = Array.from({
    length: RETRANSMISSION_PACKETS,
  });

  store(packet: SentPacket): void {
    this.#slots[packet.sequenceNumber % RETRANSMISSION_PACKETS] = {
      ...packet,
      repeatedAt: Number.NEGATIVE_INFINITY,
    };
  }

  /**
   * The packet to send again, or undefined when it is gone, too old to help, or was repeated a
   * moment ago.
   */
  take(sequenceNumber: number, now: number): SentPacket | undefined {
    const slot = this.#slots[sequenceNumber % RETRANSMISSION_PACKETS];
    if (slot === undefined || slot.sequenceNumber !== sequenceNumber) return undefined;
    if (now - slot.sentAt > RETRANSMISSION_WINDOW_MS) return undefined;
    if (now - slot.repeatedAt < RETRANSMISSION_MIN_GAP_MS) return undefined;
    slot.repeatedAt = now;
    return slot;
  }
}
