import { describe, expect, it } from "vitest";

import {
  formatAge,
  formatBitRate,
  formatByteRate,
  formatBytes,
  formatClock,
  formatElapsed,
  formatTimeLeft,
  shortCid,
} from "../src/text/format.ts";

describe("amounts", () => {
  it.each([
    [0, "0 B"],
    [512, "512 B"],
    [999.6, "1 kB"],
    [1_000, "1 kB"],
    [7_234_567, "7.2 MB"],
    [9_960_000, "10 MB"],
    [24_000_000, "24 MB"],
    [999_700_000, "1 GB"],
    [2_484_000_111, "2.5 GB"],
    [-5, "0 B"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("writes rates with the unit that fits", () => {
    expect(formatByteRate(9_000_000)).toBe("9 MB/s");
    expect(formatBitRate(1_234_000)).toBe("1.2 Mb/s");
    expect(formatBitRate(5_668_112_100)).toBe("5.7 Gb/s");
  });
});

describe("times", () => {
  it.each([
    [0.2, "1 s left"],
    [1.2, "2 s left"],
    [200, "3 min 20 s left"],
    [3_900, "1 h 5 min left"],
  ])("writes %d seconds to go as %s", (seconds, text) => {
    expect(formatTimeLeft(seconds)).toBe(text);
  });

  it.each([
    [0, "0:00"],
    [67.9, "1:07"],
    [3_723, "1:02:03"],
  ])("writes the place %d as %s", (seconds, text) => {
    expect(formatClock(seconds)).toBe(text);
  });

  it("writes what steps took", () => {
    expect(formatElapsed(85.6)).toBe("86 ms");
    expect(formatElapsed(1_240)).toBe("1.2 s");
  });

  it.each([
    ["2026-11-21T09:59:50Z", "just now"],
    ["2026-11-21T09:57:00Z", "3 min ago"],
    ["2026-11-21T08:00:00Z", "2 h ago"],
    ["2026-11-16T10:00:00Z", "5 d ago"],
    ["2026-01-02T10:00:00Z", "2026-01-02"],
    ["2026-11-21T10:00:20Z", "just now"],
    ["not a date", ""],
  ])("writes the age of %s as %j", (then, text) => {
    expect(formatAge(new Date(then), new Date("2026-11-21T10:00:00Z"))).toBe(text);
  });
});

describe("CIDs", () => {
  it("keeps both ends", () => {
    expect(shortCid("bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")).toBe(
      "bafybei…5fbzdi",
    );
    expect(shortCid("bafkqaaa")).toBe("bafkqaaa");
  });
});
