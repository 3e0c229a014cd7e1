import { stat } from "node:fs/promises";
import { runInNewContext } from "node:vm";

import { describe, expect, test } from "vitest";

import {
  FIXTURES,
  mediaFixture,
  readFrameNumber,
  truncatedFixture,
} from "../src/media-fixtures.ts";

/** A picture with the barcode of `frame`, as a browser would show it. */
function drawBarcode(frame: number, width: number, height: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4).fill(128);
  const side = width / 20;
  const bits = Array.from({ length: 16 }, (_, bit) => (frame & (1 << bit)) !== 0);
  [true, ...bits, false].forEach((isWhite, slot) => {
    for (let y = 0; y < Math.floor(side); y += 1) {
      for (let x = Math.floor(slot * side); x < (slot + 1) * side; x += 1) {
        pixels.fill(isWhite ? 235 : 20, (y * width + x) * 4, (y * width + x) * 4 + 3);
      }
    }
  });
  return pixels;
}

describe("readFrameNumber", () => {
  test.each([0, 1, 77, 0x5555, 0xaaaa, 0xffff])("reads %i at every scale", (frame) => {
    for (const [width, height] of [
      [1920, 1080],
      [640, 360],
      [427, 240],
      [160, 90],
    ] as const) {
      expect(readFrameNumber(drawBarcode(frame, width, height), width, height)).toBe(frame);
    }
  });

  test("says nothing about a picture without a barcode", () => {
    expect(readFrameNumber(new Uint8ClampedArray(640 * 360 * 4), 640, 360)).toBeUndefined();
  });

  test("works when only its source text is there", () => {
    const pixels = drawBarcode(1234, 320, 180);
    const shown: unknown = runInNewContext(`(${readFrameNumber.toString()})(pixels, 320, 180)`, {
      pixels,
    });
    expect(shown).toBe(1234);
  });
});

describe("mediaFixture", () => {
  test("makes each short file once, also when asked twice at a time", async () => {
    const [first, second] = await Promise.all([mediaFixture("ogg-opus"), mediaFixture("ogg-opus")]);
    expect(first).toBe(second);
    expect((await stat(first)).size).toBeGreaterThan(10_000);
    expect(FIXTURES["ogg-opus"]).toMatchObject({ hasVideo: false, hasAudio: true, width: 0 });
  });

  test("cuts a file short", async () => {
    const whole = await stat(await mediaFixture("ogg-opus"));
    const part = await stat(await truncatedFixture("ogg-opus", 0.5));
    expect(part.size).toBe(Math.floor(whole.size / 2));
  });
});
