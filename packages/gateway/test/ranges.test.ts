import { describe, expect, it } from "vitest";

import { parseRanges } from "../src/range.ts";

const spread = (count: number) =>
  `bytes=${Array.from({ length: count }, (_, index) => `${index * 1_000}-${index * 1_000}`).join(",")}`;

describe("a Range header", () => {
  it.each([
    { header: null, size: 31, parts: undefined },
    { header: "bytes=0-0", size: 31, parts: [[0, 0]] },
    { header: "bytes=6-16", size: 31, parts: [[6, 16]] },
    { header: "bytes=6-", size: 31, parts: [[6, 30]] },
    { header: "bytes=-3", size: 31, parts: [[28, 30]] },
    { header: "bytes=-99", size: 31, parts: [[0, 30]] },
    { header: "bytes=30-99", size: 31, parts: [[30, 30]] },
    { header: "bytes=0-99999999999999999999", size: 31, parts: [[0, 30]] },
    { header: `bytes=0-${"9".repeat(400)}`, size: 31, parts: [[0, 30]] },
    { header: `bytes=-${"9".repeat(400)}`, size: 31, parts: [[0, 30]] },
    { header: "bytes = 1 - 2", size: 31, parts: [[1, 2]] },
    { header: "bytes=\t1-2 ,, ", size: 31, parts: [[1, 2]] },
    { header: "BYTES=1-2", size: 31, parts: [[1, 2]] },
    { header: "bytes=0-4", size: 0, parts: undefined },
    { header: "lines=0-4", size: 31, parts: undefined },
    { header: "bytes: 0-4", size: 31, parts: undefined },
  ])("$header of $size bytes", ({ header, size, parts }) => {
    const ranges = parseRanges(header, size);

    expect(ranges?.map(({ first, last }) => [first, last])).toEqual(parts);
  });

  it.each([
    { what: "in their order", header: "bytes=5000-5009,0-9", parts: ["5000-5009", "0-9"] },
    { what: "without those outside", header: "bytes=9999-,0-9,-0", parts: ["0-9"] },
    { what: "as one where they overlap", header: "bytes=0-9,5-19,19-29", parts: ["0-29"] },
    { what: "as one where they touch", header: "bytes=10-19,0-9", parts: ["0-19"] },
    { what: "apart where a byte is between", header: "bytes=11-19,0-9", parts: ["11-19", "0-9"] },
    { what: "as one where one holds the other", header: "bytes=0-,50-99,-5", parts: ["0-9998"] },
    {
      what: "as one in the place of the first of them",
      header: "bytes=8000-8009,0-9,8005-8019",
      parts: ["8000-8019", "0-9"],
    },
  ])("of several ranges gives all, $what", ({ header, parts }) => {
    const ranges = parseRanges(header, 9_999) ?? [];

    expect(ranges.map(({ first, last }) => `${first}-${last}`)).toEqual(parts);
  });

  it("that asks for more parts than there may be asks for all", () => {
    expect(parseRanges(spread(32), 100_000)).toHaveLength(32);
    expect(parseRanges(spread(33), 100_000)).toBeUndefined();
    // The longest header Node takes, all of it the same place.
    expect(parseRanges(`bytes=${"0-0,".repeat(4_000)}`, 100_000)).toEqual([{ first: 0, last: 0 }]);
  });

  it.each([
    "bytes=31-",
    "bytes=99-100",
    "bytes=-0",
    "bytes=31-,99-",
    `bytes=${"9".repeat(400)}-`,
    `bytes=${"9".repeat(400)}-${"9".repeat(401)}`,
  ])("%s has nothing to give", (header) => {
    expect(() => parseRanges(header, 31)).toThrow(
      expect.objectContaining({ status: 416, headers: { "content-range": "bytes */31" } }),
    );
  });

  it.each([
    "bytes=",
    "bytes=-",
    "bytes=2-1",
    "bytes=a-b",
    "bytes=1",
    "bytes=0x1-2",
    "bytes=1-2-3",
    "bytes=1e3-",
    "bytes=+1-2",
    "bytes=--1",
    "bytes=0-1,x",
  ])("%s is malformed", (header) => {
    expect(() => parseRanges(header, 31)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
