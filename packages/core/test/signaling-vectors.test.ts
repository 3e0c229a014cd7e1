import {
  CLIENT_MESSAGE_TYPES,
  clientMessageSchema,
  HTTP_STATUS,
  serverMessageSchema,
} from "@ipfs-kit/core/wire";
import { ERROR_CODES } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import vectors from "./vectors/signaling.json" with { type: "json" };

describe.each([
  ["client", clientMessageSchema, vectors.client],
  ["server", serverMessageSchema, vectors.server],
] as const)("messages of the %s", (_side, schema, { valid, invalid }) => {
  it.each(valid.map((message: unknown) => [message]))("%j is taken", (message) => {
    expect(schema.safeParse(message).success).toBe(true);
  });

  it.each(invalid.map((message: unknown) => [message]))("%j is refused", (message) => {
    expect(schema.safeParse(message).success).toBe(false);
  });
});

describe("the closed lists", () => {
  it("of client messages is the list of the schema", () => {
    const types = vectors.client.valid.map(({ type }) => type);
    expect(new Set(CLIENT_MESSAGE_TYPES)).toEqual(new Set(types));
  });

  it("of codes has a status for each, and no 5xx but for our own faults", () => {
    expect(Object.keys(HTTP_STATUS).toSorted()).toEqual([...ERROR_CODES].toSorted());
    const ours = ERROR_CODES.filter((code) => HTTP_STATUS[code] >= 500);
    expect(ours).toEqual([
      "integrity",
      "storage_full",
      "timeout",
      "unavailable",
      "data_directory",
      "internal",
    ]);
  });
});
