import { describe, expect, it } from "vitest";

import { parseRange } from "../src/range.ts";

describe("a Range header", () => {
  it.each([
    { header: null, size: 31, part: undefined },
    { header: "bytes=0-0", size: 31, part: [0, 0] },
    { header: "bytes=6-16", size: 31, part: [6, 16] },
    { header: "bytes=6-", size: 31, part: [6, 30] },
    { header: "bytes=-3", size: 31, part: [28, 30] },
    { header: "bytes=-99", size: 31, part: [0, 30] },
    { header: "bytes=30-99", size: 31, part: [30, 30] },
    { header: "bytes=0-99999999999999999999", size: 31, part: [0, 30] },
    { header: "bytes = 1 - 2", size: 31, part: [1, 2] },
    { header: "BYTES=1-2", size: 31, part: [1, 2] },
    { header: "bytes=6-16,0-4", size: 31, part: [6, 16] },
    { header: "bytes=99-,0-4", size: 31, part: [0, 4] },
    { header: "bytes=0-4", size: 0, part: undefined },
    { header: "lines=0-4", size: 31, part: undefined },
  ])("$header of $size bytes", ({ header, size, part }) => {
    const range = parseRange(header, size);

    expect(range && [range.first, range.last]).toEqual(part);
  });

  it.each(["bytes=31-", "bytes=99-100", "bytes=-0"])("%s has nothing to give", (header) => {
    expect(() => parseRange(header, 31)).toThrow(
      expect.objectContaining({ status: 416, headers: { "content-range": "bytes */31" } }),
    );
  });

  it.each(["bytes=", "bytes=-", "bytes=2-1", "bytes=a-b", "bytes=1", "bytes=0x1-2", "bytes=1-2-3"])(
    "%s is malformed",
    (header) => {
      expect(() => parseRange(header, 31)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );
});
