import type { ImportSettings } from "@ipfs-kit/core";
import { importParameters } from "@ipfs-kit/unixfs";
import { describe, expect, it } from "vitest";

const V1 = { cidVersion: 1, rawLeaves: true, chunkBytes: 1_048_576, linksPerNode: 1024 };
const V0 = { cidVersion: 0, rawLeaves: false, chunkBytes: 262_144, linksPerNode: 174 };

describe("import settings", () => {
  it.each<[ImportSettings, object]>([
    [{}, { ...V1, folderSize: "block" }],
    [{ profile: "unixfs-v1-2025" }, { ...V1, folderSize: "block" }],
    [{ profile: "unixfs-v0-2015" }, { ...V0, folderSize: "links" }],
    [{ cidVersion: 0 }, { ...V1, cidVersion: 0, rawLeaves: false }],
    [
      { cidVersion: 0, rawLeaves: true },
      { ...V1, cidVersion: 0 },
    ],
    [
      { profile: "unixfs-v0-2015", cidVersion: 1 },
      { ...V0, cidVersion: 1, rawLeaves: true },
    ],
    [
      { profile: "unixfs-v0-2015", cidVersion: 1, rawLeaves: false },
      { ...V0, cidVersion: 1 },
    ],
    [
      { profile: "unixfs-v0-2015", rawLeaves: true },
      { ...V0, rawLeaves: true },
    ],
    [{ chunkBytes: 2_031_616 }, { ...V1, chunkBytes: 2_031_616 }],
    [{ cidVersion: undefined, profile: undefined, chunkBytes: undefined }, V1],
  ])("%j", (settings, expected) => {
    expect(importParameters(settings)).toMatchObject(expected);
  });

  it.each([
    [{ profile: "unixfs-v2" }],
    [{ profile: "toString" }],
    [{ cidVersion: 2 }],
    [{ cidVersion: "1" }],
    [{ rawLeaves: "false" }],
    [{ chunkBytes: 0 }],
    [{ chunkBytes: 1.5 }],
    [{ chunkBytes: 2_031_617 }],
    [{ chunkBytes: Number.NaN }],
  ])("refuses %j", (settings) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a caller without types may hand over
    expect(() => importParameters(settings as ImportSettings)).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
