import { describe, expect, it } from "vitest";

import { BandwidthEstimator } from "../src/congestion/bandwidth-estimator.ts";
import { Prober } from "../src/congestion/prober.ts";
import { writeTransportFeedback, type FeedbackEntry } from "./simulator/feedback-writer.ts";
import { randomFrom } from "./simulator/random.ts";

const PACKET = 1_200;
const STEP_MS = 10;

/** An estimator at one end of a link, fed for some seconds. */
function linkOf({ start = 2_000_000, min = 50_000, max = 20_000_000 } = {}) {
  const estimator = new BandwidthEstimator({
    startBitsPerSecond: start,
    minBitsPerSecond: min,
    maxBitsPerSecond: max,
    prober: new Prober(),
  });
  let sequence = 0;
  const send = (at: number, bytes = PACKET): number => {
    estimator.onSent(sequence, bytes, at);
    sequence += 1;
    return sequence - 1;
  };
  let now = 0;
  let freeAt = 0;
  let owed = 0;
  let entries: FeedbackEntry[] = [];
  let feedbacks = 0;
  /** Sends evenly; the link is a queue without end. `lose` says what does not arrive. */
  const run = (
    seconds: number,
    {
      sent,
      capacity,
      lose = () => false,
    }: { sent: number; capacity: number; lose?: () => boolean },
  ) => {
    const end = now + seconds * 1_000;
    for (; now < end; now += STEP_MS) {
      owed += (sent / 8_000) * STEP_MS;
      for (; owed >= PACKET; owed -= PACKET) {
        const number = send(now);
        freeAt = Math.max(freeAt, now) + (PACKET * 8_000) / capacity;
        entries.push({
          sequence: number,
          arrivalTicks: lose() ? undefined : Math.round((freeAt + 20) * 4),
        });
      }
      if (now % 50 === 0) {
        const last = entries.findLastIndex(({ arrivalTicks }) => arrivalTicks !== undefined);
        const due = entries.splice(0, last + 1);
        if (due.length > 0)
          estimator.onFeedback(writeTransportFeedback(due, (feedbacks += 1)), now);
      }
      estimator.tick(now);
    }
  };
  return {
    estimator,
    send,
    run,
    silence: (seconds: number) => {
      const end = now + seconds * 1_000;
      for (; now < end; now += STEP_MS) {
        send(now);
        estimator.tick(now);
      }
    },
  };
}

const make = (limits: object) => () => new BandwidthEstimator({ prober: new Prober(), ...limits });

describe("the estimate", () => {
  it("grows while all is well, to half more than what arrives", () => {
    const { estimator, run } = linkOf({ start: 600_000 });
    run(30, { sent: 1_000_000, capacity: 10_000_000 });
    expect(estimator.estimate).toBeGreaterThan(1_350_000);
    expect(estimator.estimate).toBeLessThan(1_600_000);
  });

  it("falls below what the link takes when the link gets slower", () => {
    const { estimator, run } = linkOf({ start: 3_000_000 });
    run(3, { sent: 2_500_000, capacity: 5_000_000 });
    run(0.7, { sent: 2_500_000, capacity: 700_000 });
    expect(estimator.estimate).toBeLessThan(800_000);
    expect(estimator.state.queueDelayMs).toBeGreaterThan(100);
  });

  it("does not mind two in a hundred lost at random", () => {
    const random = randomFrom(3);
    const { estimator, run } = linkOf();
    run(20, { sent: 1_900_000, capacity: 10_000_000, lose: () => random() < 0.02 });
    expect(estimator.estimate).toBeGreaterThanOrEqual(2_000_000);
    expect(estimator.state.lossRatio).toBeGreaterThan(0.001);
    expect(estimator.state.lossRatio).toBeLessThan(0.08);
  });

  it("falls when a third is lost, even without delay", () => {
    const random = randomFrom(4);
    const { estimator, run } = linkOf();
    run(5, { sent: 1_900_000, capacity: 10_000_000, lose: () => random() < 0.33 });
    expect(estimator.estimate).toBeLessThan(1_000_000);
  });

  it("falls when nothing is heard, step by step, never below its least", () => {
    const { estimator, run, silence } = linkOf();
    run(2, { sent: 1_000_000, capacity: 10_000_000 });
    const before = estimator.estimate;
    silence(3);
    expect(estimator.estimate).toBeLessThan(0.6 * before);
    silence(60);
    expect(estimator.estimate).toBe(50_000);
  });

  it("stays as it is while nothing is sent", () => {
    const { estimator, run } = linkOf();
    run(2, { sent: 1_000_000, capacity: 10_000_000 });
    const before = estimator.estimate;
    run(60, { sent: 0, capacity: 10_000_000 });
    // The last few packets before a pause may go without feedback.
    expect(estimator.estimate).toBeGreaterThanOrEqual(0.7 * before);
    expect(estimator.awaitsFeedback(62_000)).toBe(false);
  });

  it("takes each packet's news once, however often and in whatever order feedback comes", () => {
    const { estimator: once, send: sendOnce } = linkOf();
    const { estimator: often, send: sendOften } = linkOf();
    const messages: Uint8Array[] = [];
    for (let round = 0; round < 40; round += 1) {
      const entries = Array.from({ length: 5 }, (_, index) => {
        const at = round * 50 + index * 10;
        sendOften(at);
        return { sequence: sendOnce(at), arrivalTicks: (at + 20) * 4 };
      });
      messages.push(writeTransportFeedback(entries, round));
    }
    for (const [index, message] of messages.entries()) {
      const at = index * 50 + 100;
      expect(once.onFeedback(message, at)).toBe(true);
      expect(often.onFeedback(message, at)).toBe(true);
      expect(often.onFeedback(message, at)).toBe(false);
      expect(often.onFeedback(messages[Math.max(0, index - 3)] ?? message, at)).toBe(false);
    }
    expect(often.state).toEqual(once.state);
  });

  it("counts a packet as lost no longer when it arrives after all", () => {
    const { estimator, send } = linkOf();
    const sequences = Array.from({ length: 60 }, (_, index) => send(index));
    const told = (arrives: (sequence: number) => boolean) =>
      writeTransportFeedback(
        sequences.map((sequence) => ({
          sequence,
          arrivalTicks: arrives(sequence) ? (sequence + 20) * 4 : undefined,
        })),
        0,
      );
    const first = sequences.slice(0, 10);
    estimator.onFeedback(
      writeTransportFeedback(
        first.map((sequence) => ({ sequence, arrivalTicks: sequence % 3 === 0 ? 80 : undefined })),
        0,
      ),
      90,
    );
    estimator.onFeedback(
      told(() => true),
      100,
    );
    expect(estimator.state.lossRatio).toBe(0);
  });

  it("goes on where sequence numbers and the reference time start over", () => {
    const { estimator, send: put } = linkOf({ start: 600_000 });
    // 24 bits of 64 ms end twelve days in; 65,536 packets end after eleven minutes of this.
    const wrap = 2 ** 24 * 64;
    let now = wrap - 60_000;
    for (let sent = 0; sent < 70_000;) {
      const entries = Array.from({ length: 50 }, (_, index) => ({
        sequence: put(now + index * 2),
        arrivalTicks: (now + index * 2 + 20) * 4,
      }));
      sent += entries.length;
      now += 100;
      estimator.onFeedback(writeTransportFeedback(entries, sent), now + 30);
    }
    expect(now).toBeGreaterThan(wrap);
    expect(estimator.state).toMatchObject({ lossRatio: 0, queueDelayMs: 0 });
    expect(estimator.state.acknowledged).toBeCloseTo(4_800_000, -5);
    expect(estimator.estimate).toBeGreaterThan(6_000_000);
  });

  it("is a number within its limits, whatever it is told", () => {
    const random = randomFrom(5);
    for (let round = 0; round < 40; round += 1) {
      const { estimator, send } = linkOf({ start: 300_000, min: 100_000, max: 900_000 });
      let now = 0;
      for (let step = 0; step < 200; step += 1) {
        now += random() * 200;
        const sent = Math.floor(random() * 40);
        let last = 0;
        for (let index = 0; index < sent; index += 1) last = send(now, 40 + random() * 1_400);
        const base = last + Math.floor(random() * 60) - 50;
        const entries = Array.from({ length: 1 + Math.floor(random() * 60) }, (_, index) => ({
          sequence: (base + index) & 0xffff,
          arrivalTicks: random() < 0.3 ? undefined : Math.floor(random() * 30_000),
        }));
        if (entries.some(({ arrivalTicks }) => arrivalTicks !== undefined)) {
          const bytes = writeTransportFeedback(entries, step);
          if (random() < 0.2)
            bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
          estimator.onFeedback(bytes, now);
        }
        estimator.tick(now);
        expect(estimator.estimate).toBeGreaterThanOrEqual(100_000);
        expect(estimator.estimate).toBeLessThanOrEqual(900_000);
        const { lossRatio, queueDelayMs, acknowledged = 0, rttMs = 0 } = estimator.state;
        for (const value of [lossRatio, queueDelayMs, acknowledged, rttMs]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThan(Infinity);
        }
        expect(lossRatio).toBeLessThanOrEqual(1);
      }
    }
  });

  it("asks for limits that make sense", () => {
    expect(make({ minBitsPerSecond: 0 })).toThrow(RangeError);
    expect(make({ minBitsPerSecond: Number.NaN })).toThrow(RangeError);
    expect(make({ maxBitsPerSecond: 100 })).toThrow(RangeError);
    expect(make({ maxBitsPerSecond: Infinity })).toThrow(RangeError);
  });
});
