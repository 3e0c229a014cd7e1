import { describe, expect, it } from "vitest";

import { readRemb } from "../src/congestion/remb.ts";
import { splitCompound } from "../src/congestion/rtcp-compound.ts";
import { TransportFeedbackReader } from "../src/congestion/transport-feedback.ts";
import { Unwrapper } from "../src/congestion/unwrap.ts";
import { writeTransportFeedback, type FeedbackEntry } from "./simulator/feedback-writer.ts";
import { randomFrom, type Random } from "./simulator/random.ts";
import { writeRemb } from "./simulator/remb-source.ts";

const TICK_MS = 0.25;
const REFERENCE_MS = 64;

/** What a reader made of some bytes. */
function read(bytes: Uint8Array, reader = new TransportFeedbackReader()) {
  const isFeedback = reader.read(bytes);
  const base = reader.referenceTime * REFERENCE_MS;
  const arrivals = Array.from({ length: reader.count }, (_, index) => {
    const offset = reader.arrivalMs(index);
    return offset === undefined ? undefined : (base + offset) / TICK_MS;
  });
  return { isFeedback, baseSequence: reader.baseSequence, arrivals };
}

/** Consecutive packets of which some are lost, some late, and some before others. */
function randomEntries(random: Random): FeedbackEntry[] {
  const count = 1 + Math.floor(random() * (random() < 0.1 ? 2_000 : 60));
  const lossy = random() * random();
  let sequence = Math.floor(random() * 0x1_0000);
  let ticks = Math.floor(random() * 100_000);
  const entries: FeedbackEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const arrives = index === count - 1 || random() >= lossy;
    if (arrives) {
      // A delta has 16 bits, with its sign.
      ticks += Math.floor(random() * (random() < 0.05 ? 32_000 : 40)) - (random() < 0.1 ? 30 : 0);
      ticks = Math.max(0, ticks);
    }
    entries.push({ sequence, arrivalTicks: arrives ? ticks : undefined });
    sequence = (sequence + 1) & 0xffff;
  }
  return entries;
}

/** A packet put together by hand: one chunk after another, then deltas. */
function packet(statusCount: number, chunks: number[], deltas: number[], base = 10, reference = 0) {
  const length = Math.ceil((20 + chunks.length * 2 + deltas.length) / 4) * 4;
  const view = new DataView(new ArrayBuffer(length));
  view.setUint8(0, 0x8f);
  view.setUint8(1, 205);
  view.setUint16(2, length / 4 - 1);
  view.setUint16(12, base);
  view.setUint16(14, statusCount);
  view.setUint32(16, reference << 8);
  for (const [index, chunk] of chunks.entries()) view.setUint16(20 + index * 2, chunk);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(deltas, 20 + chunks.length * 2);
  return bytes;
}

describe("transport feedback", () => {
  it("is read from runs, single bits and pairs", () => {
    // A run of three small deltas; seven pairs: missing, large, small, and four that are missing.
    const bytes = packet(
      10,
      [(1 << 13) | 3, 0xc000 | (2 << 10) | (1 << 8)],
      [4, 8, 0, 0xff, 0xfc, 1],
    );
    const { arrivals } = read(bytes);
    const missing = undefined;
    expect(arrivals).toEqual([4, 12, 12, missing, 8, 9, missing, missing, missing, missing]);
    // Fourteen single bits, of which the packet has eleven.
    const bits = packet(11, [0x8000 | 0b10_0000_0000_1000], [200, 55]);
    expect(read(bits).arrivals.filter((ticks) => ticks !== missing)).toEqual([200, 255]);
  });

  it("comes back from an independent writer as it was, whatever is lost or late", () => {
    const random = randomFrom(1);
    const reader = new TransportFeedbackReader();
    for (let round = 0; round < 500; round += 1) {
      const entries = randomEntries(random);
      const result = read(writeTransportFeedback(entries, round), reader);
      expect(result.isFeedback).toBe(true);
      expect(result.baseSequence).toBe(entries[0]?.sequence);
      expect(result.arrivals).toEqual(entries.map(({ arrivalTicks }) => arrivalTicks));
    }
  });

  it.each([
    ["is cut short", packet(3, [(1 << 13) | 3], [1, 2, 3]).subarray(0, 19)],
    ["is longer than its datagram", packet(3, [(1 << 13) | 3], [1, 2, 3]).subarray(0, 20)],
    ["tells of no packet", packet(0, [], [])],
    ["tells of more packets than anyone sends", packet(9_000, [0x1fff, 0x1fff], [])],
    ["has a run of nothing", packet(3, [1 << 13], [1, 2, 3])],
    ["has a reserved symbol in a run", packet(3, [(3 << 13) | 3], [1, 2, 3])],
    ["has a reserved symbol in a pair", packet(3, [0xc000 | (3 << 12)], [1, 2, 3])],
    ["ends before its chunks", packet(100, [(1 << 13) | 3], [])],
    ["ends before its deltas", packet(9, [(2 << 13) | 9], [1, 2])],
  ])("is refused when it %s", (_, bytes) => {
    expect(read(bytes)).toMatchObject({ isFeedback: false, arrivals: [] });
  });

  it("is refused when its padding is impossible", () => {
    const bytes = packet(3, [(1 << 13) | 3], [1, 2, 3]);
    bytes[0] = 0xaf;
    for (const padding of [0, 29, 255]) {
      bytes[bytes.length - 1] = padding;
      expect(read(bytes).isFeedback).toBe(false);
    }
  });

  it("never throws, hangs or says more than it was given, for 10,000 mutations", () => {
    const random = randomFrom(2);
    const reader = new TransportFeedbackReader();
    let refused = 0;
    for (let round = 0; round < 10_000; round += 1) {
      const bytes = writeTransportFeedback(randomEntries(random).slice(0, 200), round);
      const changes = 1 + Math.floor(random() * 8);
      for (let change = 0; change < changes; change += 1) {
        // Most of what can go wrong is in the first words.
        const at = Math.floor(random() * Math.min(bytes.length, random() < 0.7 ? 28 : Infinity));
        bytes[at] = Math.floor(random() * 256);
      }
      const mutated =
        random() < 0.3 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
      const { isFeedback, arrivals } = read(mutated, reader);
      if (!isFeedback) refused += 1;
      expect(arrivals.length === 0).toBe(!isFeedback);
      expect(arrivals.every((ticks) => ticks === undefined || Number.isFinite(ticks))).toBe(true);
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(refused).toBeLessThan(10_000);
  });
});

describe("a counter that starts over", () => {
  it("goes on, forwards and backwards, at 24 bits", () => {
    const counter = new Unwrapper(24);
    expect(counter.unwrap(0xff_fffe)).toBe(0xff_fffe);
    expect(counter.unwrap(1)).toBe(0x100_0001);
    expect(counter.unwrap(0xff_ffff)).toBe(0xff_ffff);
    expect(counter.unwrap(2)).toBe(0x100_0002);
  });
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("a compound packet", () => {
  const report = new Uint8Array([0x80, 201, 0, 1, 0, 0, 0, 1]);
  const feedback = writeTransportFeedback([{ sequence: 1, arrivalTicks: 4 }], 0);
  const remb = writeRemb(1_000_000);

  it("is cut into feedback and the rest", () => {
    const split = splitCompound(Buffer.concat([report, feedback, remb, report]));
    expect(split.transportFeedback.map((bytes) => read(bytes).isFeedback)).toEqual([true]);
    expect(split.applicationFeedback.map((bytes) => readRemb(bytes))).toEqual([1_000_000]);
    expect(split.rest.map((bytes) => hex(bytes))).toEqual([hex(report), hex(report)]);
  });

  it("ends where a packet does not fit", () => {
    const broken = Buffer.concat([report, feedback]).subarray(
      0,
      report.length + feedback.length - 1,
    );
    const { transportFeedback, rest } = splitCompound(broken);
    expect(transportFeedback).toEqual([]);
    expect(rest.map((bytes) => hex(bytes))).toEqual([hex(report)]);
    expect(splitCompound(new Uint8Array([0x80, 201])).rest).toEqual([]);
  });
});

describe("a receiver's estimate", () => {
  it("is read from exponent and mantissa", () => {
    for (const rate of [0, 30_000, 262_143, 262_144, 4_500_000, 100_000_000]) {
      const got = readRemb(writeRemb(rate)) ?? Number.NaN;
      expect(Math.abs(got - rate)).toBeLessThanOrEqual(rate * 2 ** -17);
    }
  });

  it("is nothing else", () => {
    const other = writeRemb(1);
    other[12] = 0;
    expect(readRemb(other)).toBeUndefined();
    expect(readRemb(writeRemb(1).subarray(0, 19))).toBeUndefined();
  });
});
