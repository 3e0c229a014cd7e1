import { describe, expect, it } from "vitest";

import {
  RETRANSMISSION_BYTES,
  RETRANSMISSION_MIN_GAP_MS,
  RETRANSMISSION_PACKETS,
  RETRANSMISSION_WINDOW_MS,
} from "../src/defaults.ts";
import { RetransmissionBuffer } from "../src/sender/retransmission-buffer.ts";

const packet = (index: number, sentAt = 0, payload = Uint8Array.of(index & 0xff)) => ({
  sequenceNumber: index % 0x1_0000,
  timestamp: 1,
  marker: false,
  payload,
  sentAt,
  repeatedAt: Number.NEGATIVE_INFINITY,
});

function filled(from: number, count: number): RetransmissionBuffer {
  const buffer = new RetransmissionBuffer();
  for (let index = from; index < from + count; index += 1) buffer.store(index, packet(index));
  return buffer;
}

describe("packets kept for retransmission", () => {
  it("are given back by sequence number, across the wrap", () => {
    const buffer = filled(65_534, 4);
    expect(buffer.take(65_535, 10)?.payload).toEqual(Uint8Array.of(0xff));
    expect(buffer.take(0, 10)?.payload).toEqual(Uint8Array.of(0));
    expect(buffer.take(2, 10)).toBeUndefined();
  });

  it("are not repeated twice in one round trip", () => {
    const buffer = filled(7, 1);
    expect(buffer.take(7, 10)).toBeDefined();
    expect(buffer.take(7, 10 + RETRANSMISSION_MIN_GAP_MS - 1)).toBeUndefined();
    expect(buffer.take(7, 10 + RETRANSMISSION_MIN_GAP_MS)).toBeDefined();
    expect(buffer.take(7, 120, 200)).toBeUndefined();
    expect(buffer.take(7, 300, 200)).toBeDefined();
  });

  it("are of no use after a second, and are let go", () => {
    const buffer = filled(7, 3);
    expect(buffer.take(7, RETRANSMISSION_WINDOW_MS + 1)).toBeUndefined();
    buffer.store(10, packet(10, RETRANSMISSION_WINDOW_MS + 1));
    expect(buffer.bytes).toBe(1);
    expect(buffer.latest(RETRANSMISSION_WINDOW_MS + 1)?.sequenceNumber).toBe(10);
    expect(buffer.latest(2 * RETRANSMISSION_WINDOW_MS + 2)).toBeUndefined();
  });

  it("give way to newer ones when there are too many", () => {
    const buffer = filled(7, RETRANSMISSION_PACKETS + 1);
    expect(buffer.take(7, 10)).toBeUndefined();
    expect(buffer.take(8, 10)).toBeDefined();
    expect(buffer.bytes).toBe(RETRANSMISSION_PACKETS);
  });

  it("give way to newer ones when they are too large", () => {
    const buffer = new RetransmissionBuffer();
    const half = new Uint8Array(RETRANSMISSION_BYTES / 2);
    for (const index of [0, 1, 2]) buffer.store(index, packet(index, 0, half));
    expect(buffer.take(0, 10)).toBeUndefined();
    expect(buffer.take(1, 10)).toBeDefined();
    buffer.store(3, packet(3, 0, new Uint8Array(2 * RETRANSMISSION_BYTES)));
    expect(buffer.take(2, 10)).toBeUndefined();
    expect(buffer.take(3, 10)).toBeDefined();
    expect(buffer.bytes).toBe(2 * RETRANSMISSION_BYTES);
  });
});
