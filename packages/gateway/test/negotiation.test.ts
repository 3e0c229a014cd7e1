import { describe, expect, it } from "vitest";

import { negotiate } from "../src/negotiate.ts";

const CAR = "application/vnd.ipld.car";
const RAW = "application/vnd.ipld.raw";
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

describe("the form of an answer", () => {
  it.each([
    { says: "nothing", accept: null, format: undefined },
    { says: "anything", accept: "*/*", format: undefined },
    { says: "what browsers say", accept: BROWSER, format: undefined },
    { says: "a block", accept: RAW, format: "raw" },
    { says: "a block, or else anything", accept: `*/*, ${RAW}`, format: "raw" },
    { says: "rather anything than a block", accept: `${RAW};q=0.5, */*`, format: undefined },
    { says: "rather a CAR than a block", accept: `${RAW};q=0.1, ${CAR};q=0.2`, format: "car" },
    { says: "the first of two alike", accept: `${CAR}, ${RAW}`, format: "car" },
    { says: "no CAR at all", accept: `${CAR};q=0, ${RAW};q=0.1`, format: "raw" },
    { says: "in capitals", accept: "Application/X-Tar", format: "tar" },
    {
      says: "a CAR of an order nobody has, or one in depth-first order",
      accept: `${CAR};order=foo, ${CAR};order=dfs;dups=y;q=0.5`,
      format: "car",
    },
    {
      says: "what HTTP libraries say",
      accept: "application/json, text/plain, */*",
      format: "json",
    },
    { says: "an image", accept: "image/png", format: undefined },
    { says: "a weight that is none", accept: `${CAR};q=high, */*;q=0.1`, format: undefined },
  ])("Accept asks for $says", ({ accept, format }) => {
    expect(negotiate(null, accept).format).toBe(format);
  });

  it("takes the parameters of the entry it chose", () => {
    const accept = `${CAR};order=foo, ${CAR}; order=dfs; dups="y"; q=0.5`;

    expect(Object.fromEntries(negotiate(null, accept).params)).toEqual({ order: "dfs", dups: "y" });
  });

  it("puts the format of the URL before Accept, with the parameters Accept has for it", () => {
    const { format, params } = negotiate("car", `${RAW}, ${CAR};dups=y;q=0.1`);

    expect(format).toBe("car");
    expect(params.get("dups")).toBe("y");
  });

  it("says whether anything else would do", () => {
    expect(negotiate(null, "application/json").isStrict).toBe(true);
    expect(negotiate(null, "application/json, */*;q=0.1").isStrict).toBe(false);
    expect(negotiate("json", "*/*").isStrict).toBe(true);
  });

  it.each([
    { what: "an unknown format", format: "zip", accept: null, status: 400 },
    { what: "an unknown IPLD type", format: null, accept: "application/vnd.ipld.zip", status: 406 },
    { what: "a CAR of version 2", format: null, accept: `${CAR};version=2`, status: 400 },
  ])("refuses $what", ({ format, accept, status }) => {
    expect(() => negotiate(format, accept)).toThrow(expect.objectContaining({ status }));
  });
});
