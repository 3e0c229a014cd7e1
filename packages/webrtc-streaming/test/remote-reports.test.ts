import { describe, expect, it } from "vitest";

import { RateMeter } from "../src/sender/rate-meter.ts";
import { RemoteReports } from "../src/sender/remote-reports.ts";

const CLOCK_RATE = 90_000;
const BLOCK = {
  ssrc: 1,
  fractionLost: 0,
  packetsLost: 0,
  highestSequence: 0,
  jitter: 0,
  lastReport: 0,
  delaySinceLastReport: 0,
};

describe("what the far end reports", () => {
  it("is told in milliseconds and shares", () => {
    const reports = new RemoteReports(CLOCK_RATE);
    expect(reports.stats).toEqual({});
    reports.received({ ...BLOCK, fractionLost: 64, packetsLost: -3, jitter: 900 }, 0);
    expect(reports.stats).toEqual({ fractionLost: 0.25, packetsLost: -3, jitterMs: 10 });
  });

  it("gives the round trip time of the report it answers, the last or one before", () => {
    const reports = new RemoteReports(CLOCK_RATE);
    reports.reportSent(0x0000_0001_8000_0000n, 1_000);
    reports.reportSent(0x0000_0002_8000_0000n, 2_000);
    // Half a second held back, of 620 ms.
    const held = { delaySinceLastReport: 32_768 };
    reports.received({ ...BLOCK, ...held, lastReport: 0x0001_8000 }, 1_620);
    expect(reports.stats.rttMs).toBeCloseTo(120);
    reports.received({ ...BLOCK, ...held, lastReport: 0x0002_8000 }, 2_530);
    expect(reports.stats.rttMs).toBeCloseTo(30);
    reports.received({ ...BLOCK, lastReport: 0x0009_8000 }, 9_000);
    expect(reports.stats.rttMs).toBeCloseTo(30);
  });

  it("gives the loss of the last five seconds, not of the whole session", () => {
    const reports = new RemoteReports(CLOCK_RATE);
    for (let second = 0; second <= 20; second += 1) {
      // From the tenth second on, one packet in ten is lost.
      const packetsLost = Math.max(0, second - 10) * 10;
      reports.received({ ...BLOCK, packetsLost, highestSequence: second * 100 }, second * 1_000);
      expect(reports.stats.lossPercent ?? 0).toBeLessThanOrEqual(10);
    }
    expect(reports.stats.lossPercent).toBeCloseTo(10);
    for (let second = 21; second <= 27; second += 1) {
      reports.received(
        { ...BLOCK, packetsLost: 100, highestSequence: second * 100 },
        second * 1_000,
      );
    }
    expect(reports.stats.lossPercent).toBe(0);
  });
});

describe("a rate", () => {
  it("is that of the last two seconds", () => {
    const meter = new RateMeter();
    expect(meter.perSecond(0)).toBeUndefined();
    for (let at = 0; at < 10_000; at += 10) meter.add(10, at);
    expect(meter.perSecond(9_999)).toBeCloseTo(1_000, -2);
    for (let at = 10_000; at < 15_000; at += 10) meter.add(20, at);
    expect(meter.perSecond(14_999)).toBeCloseTo(2_000, -2);
    expect(meter.perSecond(16_000)).toBeLessThan(1_300);
    expect(meter.perSecond(60_000)).toBe(0);
  });
});
