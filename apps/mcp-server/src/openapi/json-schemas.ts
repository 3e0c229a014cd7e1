import {
  cacheStatsSchema,
  capabilitiesSchema,
  componentHealthSchema,
  existsSchema,
  healthSchema,
  limitsSchema,
  livenessSchema,
  metadataPageSchema,
  metadataPatchSchema,
  metadataPutSchema,
  metadataRecordSchema,
  newTokenSchema,
  pinListSchema,
  pinRowSchema,
  problemSchema,
  sessionSchema,
  signInSchema,
  statsSchema,
  tokenInfoSchema,
  tokenListSchema,
  tokenWishSchema,
  versionSchema,
  wsTicketSchema,
} from "@ipfs-kit/core/wire";
import * as z from "zod/mini";

import type { Schema } from "../routes/route.ts";
import { FIELD_NOTES } from "./field-notes.ts";

/** A JSON Schema, draft 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = Record<string, unknown>;

/** What bodies are called in the document, and so in generated clients. */
const NAMED: Readonly<Record<string, Schema>> = {
  Capabilities: capabilitiesSchema,
  CacheStats: cacheStatsSchema,
  ComponentHealth: componentHealthSchema,
  Exists: existsSchema,
  Health: healthSchema,
  Limits: limitsSchema,
  Liveness: livenessSchema,
  MetadataPage: metadataPageSchema,
  MetadataPatch: metadataPatchSchema,
  MetadataPut: metadataPutSchema,
  MetadataRecord: metadataRecordSchema,
  NewToken: newTokenSchema,
  Pin: pinRowSchema,
  PinList: pinListSchema,
  Problem: problemSchema,
  Session: sessionSchema,
  SignIn: signInSchema,
  Stats: statsSchema,
  Token: tokenInfoSchema,
  TokenList: tokenListSchema,
  TokenWish: tokenWishSchema,
  Version: versionSchema,
  WsTicket: wsTicketSchema,
};

const NAMES: ReadonlyMap<Schema, string> = new Map(
  Object.entries(NAMED).map(([name, schema]) => [schema, name]),
);

/** Where a schema stands in the document. @throws Error for one without a name: give it one above */
export function refTo(schema: Schema): JsonSchema {
  const name = NAMES.get(schema);
  if (name === undefined) throw new Error("This schema has no name in the API description.");
  return { $ref: `#/components/schemas/${name}` };
}

/** Every named schema. What a reader may rely on: unknown fields are allowed. */
export function namedSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(NAMED)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withNotes(name, bare(schema))]),
  );
}

/** A schema that is written out where it is used, e.g. of a parameter. */
export function inlineSchema(schema: Schema): JsonSchema {
  return bare(
    z.toJSONSchema(schema, { io: "input", override: ({ jsonSchema }) => tidy(jsonSchema) }),
  );
}

/** A list nobody can change is still a list for those who read it. */
function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.readOnly;
}

function bare(schema: object): JsonSchema {
  const { $schema: _dialect, $id: _id, ...rest } = { $schema: "", $id: "", ...schema };
  return rest;
}

/** Adds what each field means. */
function withNotes(name: string, schema: JsonSchema): JsonSchema {
  const notes = FIELD_NOTES[name];
  const { properties } = schema;
  if (notes === undefined || !isJsonSchema(properties)) return schema;
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties).map(([field, value]) => {
        const description = notes[field];
        return [
          field,
          isJsonSchema(value) && description !== undefined ? { ...value, description } : value,
        ];
      }),
    ),
  };
}

export function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
