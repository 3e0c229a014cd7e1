import type { ErrorCode } from "@ipfs-kit/core";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An option of a command, given once in the URL. */
export interface RpcOption {
  name: string;
  description: string;
  schema: JsonSchema;
}

/** What a command takes as `arg`. */
export interface RpcArgument {
  /** What Kubo calls it. */
  name: string;
  description: string;
  /** `ipfs-path` for what {@link path} says. */
  format?: string;
  /** @default 1 */
  max?: number;
  /** It may be left out. @default false */
  optional?: boolean;
}

/** What a command answers with 200. */
export type RpcAnswer =
  /** One JSON object, or lines of them. */
  | { kind: "value" | "lines"; description: string; schema: JsonSchema }
  | { kind: "bytes"; description: string };

/** What the API description says of a command. */
export interface CommandDescription {
  /** A few words. */
  summary: string;
  description?: string;
  argument?: RpcArgument;
  options?: readonly RpcOption[];
  /** What the files of its multipart body are. */
  files?: string;
  answer: RpcAnswer;
  /** With what it may fail, besides what every call may fail with. */
  errors?: readonly ErrorCode[];
}

/** `true` or `false`; a name without a value is `true`. */
export function flag(name: string, otherwise: boolean, description: string): RpcOption {
  return { name, description, schema: { type: "boolean", default: otherwise } };
}

export function text(name: string, description: string, schema: JsonSchema = {}): RpcOption {
  return { name, description, schema: { type: "string", ...schema } };
}

export function whole(name: string, description: string, schema: JsonSchema = {}): RpcOption {
  return { name, description, schema: { type: "integer", ...schema } };
}

/** An object with these fields, all of which are there unless they are named in `optional`. */
export function fields(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}) };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

export const TEXT: JsonSchema = { type: "string" };
export const COUNT: JsonSchema = { type: "integer", minimum: 0 };
/** A CID as Go writes it: `{"/": "bafy…"}`. */
export const LINK: JsonSchema = fields({ "/": TEXT });

/** `CID`, `CID/path` or `/ipfs/CID/path`. */
export function path(name: string, description: string, max = 1): RpcArgument {
  return { name, description, max, format: "ipfs-path" };
}

/** How CIDs are written in the answer. */
export const CID_OPTIONS: readonly RpcOption[] = [
  text("cid-base", "The base in which CIDs are written.", {
    enum: ["base16", "base32", "base36", "base58btc", "base64", "base64url"],
  }),
  flag("upgrade-cidv0-in-output", false, "Write CIDs of version 0 as version 1."),
];

/** A path may lead nowhere, into something damaged, or take too long to follow. */
export const PATH_ERRORS: readonly ErrorCode[] = [
  "invalid_cid",
  "not_found",
  "not_supported",
  "integrity",
];
