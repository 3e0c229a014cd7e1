import { describe, expect, it } from "vitest";

import { buildLadder, PRESETS, type LadderSource } from "../src/index.ts";
import { rungFor } from "../src/adaptive/ladder.ts";
import { presetOf } from "../src/adaptive/quality.ts";
import { randomFrom } from "./simulator/random.ts";

const HD: LadderSource = { bitsPerSecond: 2_500_000, width: 1280, height: 720, frameRate: 30 };

const nameOf = (quality: number) => presetOf(quality)?.name;

describe("a ladder", () => {
  it("has the presets below the source, and the source on top", () => {
    expect(buildLadder(HD)).toEqual([
      { id: "very_low", bitsPerSecond: 250_000, width: 320, height: 180, frameRate: 15 },
      { id: "low", bitsPerSecond: 500_000, width: 640, height: 360, frameRate: 15 },
      { id: "medium", bitsPerSecond: 1_000_000, width: 854, height: 480, frameRate: 30 },
      { id: "source", ...HD },
    ]);
  });

  it("keeps an upright picture upright", () => {
    const [lowest] = buildLadder({ ...HD, width: 720, height: 1280 });
    expect(lowest).toMatchObject({ width: 180, height: 320 });
  });

  it("is the source alone when that is small already", () => {
    const small = { bitsPerSecond: 200_000, width: 320, height: 240, frameRate: 25 };
    expect(buildLadder(small)).toEqual([{ id: "source", ...small }]);
  });

  it("goes up, is never above the source, and keeps its aspect, whatever the source", () => {
    const random = randomFrom(6);
    for (let round = 0; round < 500; round += 1) {
      const source: LadderSource = {
        bitsPerSecond: 50_000 + random() * 20_000_000,
        width: 200 + 2 * Math.ceil(random() * 2_000),
        height: 200 + 2 * Math.ceil(random() * 2_000),
        frameRate: 1 + random() * 119,
      };
      const ladder = buildLadder(source);
      for (const [index, rung] of ladder.entries()) {
        const below = ladder[index - 1]?.bitsPerSecond ?? 0;
        expect(rung.bitsPerSecond).toBeGreaterThan(below);
        expect(rung.width).toBeLessThanOrEqual(source.width);
        expect(rung.height).toBeLessThanOrEqual(source.height);
        expect(rung.frameRate).toBeLessThanOrEqual(source.frameRate);
        expect((rung.width % 2) + (rung.height % 2)).toBe(0);
        // There is one scale that gives both sides, each to the nearest even pixel.
        const least = Math.max((rung.width - 2) / source.width, (rung.height - 2) / source.height);
        const most = Math.min((rung.width + 2) / source.width, (rung.height + 2) / source.height);
        expect(least).toBeLessThan(most);
      }
    }
  });

  it("asks for a source that can be", () => {
    for (const wrong of [{ width: 0 }, { bitsPerSecond: Number.NaN }, { frameRate: Infinity }]) {
      expect(() => buildLadder({ ...HD, ...wrong })).toThrow(RangeError);
    }
  });
});

describe("a quality", () => {
  it("as a number is the nearest preset", () => {
    expect([0, 12, 13, 37, 38, 50, 75, 87, 88, 100].map(nameOf).join(" ")).toBe(
      "very_low very_low low low medium medium high high very_high very_high",
    );
    for (const wrong of [-1, 101, Number.NaN]) expect(() => presetOf(wrong)).toThrow(RangeError);
  });

  it("is the nearest rung that is not above it, else the lowest", () => {
    const ladder = buildLadder(HD);
    const rungs = PRESETS.map((preset) => ladder[rungFor(ladder, preset)]?.id);
    expect(rungs).toEqual(["very_low", "low", "medium", "source", "source"]);
    const [lowest, ...others] = buildLadder({ ...HD, bitsPerSecond: 9_000_000 });
    expect(others.at(-1)?.id).toBe("source");
    expect(rungFor([{ ...lowest, bitsPerSecond: 400_000 }], { bitsPerSecond: 250_000 })).toBe(0);
  });
});
