import {
  capabilitiesSchema,
  existsSchema,
  metadataPageSchema,
  metadataPatchSchema,
  metadataPutSchema,
  metadataQuerySchema,
  metadataRecordSchema,
  pageQuerySchema,
  problemSchema,
  readySchema,
  statsSchema,
} from "@ipfs-kit/core/wire";
import { describe, expect, it } from "vitest";

import vectors from "./vectors/http-api.json" with { type: "json" };

describe.each([
  ["a record of metadata", metadataRecordSchema, vectors.metadata_record],
  ["a page of metadata", metadataPageSchema, vectors.metadata_page],
  ["a change of metadata", metadataPatchSchema, vectors.metadata_patch],
  ["new metadata", metadataPutSchema, vectors.metadata_put],
  ["the statistics", statsSchema, vectors.stats],
  ["whether something is here", existsSchema, vectors.exists],
  ["the ready line", readySchema, vectors.ready],
  ["what a server can do", capabilitiesSchema, vectors.capabilities],
  ["which page", pageQuerySchema, vectors.page_query],
  ["which metadata", metadataQuerySchema, vectors.metadata_query],
  ["a problem", problemSchema, vectors.problem],
] as const)("%s", (_what, schema, { valid, invalid }) => {
  it.each(valid.map((value: unknown) => [value]))("%j is taken", (value) => {
    expect(schema.safeParse(value).success).toBe(true);
  });

  it.each(invalid.map((value: unknown) => [value]))("%j is refused", (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

const patch = (tags: string[]) => metadataPatchSchema.safeParse({ version: 1, tags }).success;

describe("tags", () => {
  it("are few and short", () => {
    expect(patch(Array.from({ length: 64 }, (_, index) => `tag ${index}`))).toBe(true);
    expect(patch(Array.from({ length: 65 }, (_, index) => `tag ${index}`))).toBe(false);
    expect(patch(["x".repeat(128)])).toBe(true);
    expect(patch(["x".repeat(129)])).toBe(false);
  });

  it("are seen, all of them", () => {
    expect(patch(["Ünïcödé 日本 👩‍👩‍👧"])).toBe(false);
    expect(patch(["Ünïcödé 日本 👧"])).toBe(true);
    for (const hidden of ["\u200b", "\u202e", "\u2028", "\ufeff", "\u{e0001}", "\u0085"]) {
      expect(patch([`a${hidden}b`])).toBe(false);
    }
  });
});
