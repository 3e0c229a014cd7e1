import { describe, expect, it } from "vitest";

import { safeText } from "../src/text/safe-text.ts";

describe("text from strangers", () => {
  it.each([
    ["invoice\u202Egpj.exe", "invoice\uFFFDgpj.exe"],
    ["a\u200Bb\u2066c\u0000d\n", "a\uFFFDb\uFFFDc\uFFFDd\uFFFD"],
    ["\uFEFFbom", "\uFFFDbom"],
    ["lone \uD800 half", "lone \uFFFD half"],
  ])("marks what does not show as itself in %j", (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it("leaves names of all the world as they are", () => {
    for (const name of ["Überfahrt.mp4", "東京の朝.webm", "رحلة.mp4", "🎬 take.mov", "<b>&"]) {
      expect(safeText(name)).toBe(name);
    }
  });

  it("cuts what is too long", () => {
    expect(safeText("x".repeat(5_000))).toHaveLength(2_001);
  });
});
