import { describe, expect, it } from "vitest";

import {
  RETRANSMISSION_MIN_GAP_MS,
  RETRANSMISSION_PACKETS,
  RETRANSMISSION_WINDOW_MS,
} from "../src/defaults.ts";
import { RetransmissionBuffer } from "../src/sender/retransmission-buffer.ts";

const packet = (sequenceNumber: number, sentAt = 0) => ({
  sequenceNumber,
  timestamp: 1,
  marker: false,
  payload: Uint8Array.of(sequenceNumber & 0xff),
  sentAt,
});

describe("packets kept for retransmission", () => {
  it("are given back by sequence number, across the wrap", () => {
    const buffer = new RetransmissionBuffer();
    for (const number of [65_534, 65_535, 0, 1]) buffer.store(packet(number));
    expect(buffer.take(65_535, 10)?.payload).toEqual(Uint8Array.of(0xff));
    expect(buffer.take(0, 10)?.payload).toEqual(Uint8Array.of(0));
    expect(buffer.take(2, 10)).toBeUndefined();
  });

  it("are not repeated twice in one round trip", () => {
    const buffer = new RetransmissionBuffer();
    buffer.store(packet(7));
    expect(buffer.take(7, 10)).toBeDefined();
    expect(buffer.take(7, 10 + RETRANSMISSION_MIN_GAP_MS - 1)).toBeUndefined();
    expect(buffer.take(7, 10 + RETRANSMISSION_MIN_GAP_MS)).toBeDefined();
  });

  it("are of no use after a second, and give way to newer ones", () => {
    const buffer = new RetransmissionBuffer();
    buffer.store(packet(7));
    expect(buffer.take(7, RETRANSMISSION_WINDOW_MS + 1)).toBeUndefined();
    buffer.store(packet(7 + RETRANSMISSION_PACKETS));
    expect(buffer.take(7, 10)).toBeUndefined();
  });
});
