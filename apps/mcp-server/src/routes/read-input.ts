import * as z from "zod/mini";

import type { AppContext } from "../app-env.ts";
import { HttpError, type InputFault } from "../edge/http-error.ts";
import { inlineSchema, isJsonSchema, type JsonSchema } from "../openapi/json-schemas.ts";
import { explainIssue } from "./explain-issue.ts";
import { readJsonBody } from "./json-body.ts";
import type { Fields, Route, RouteInput } from "./route.ts";

/** Reads a request by the schemas of its route. */
export type InputReader = (c: AppContext) => RouteInput | Promise<RouteInput>;

export interface InputReaderInit {
  /** Bytes of a JSON body at most. */
  maxJsonBytes: number;
}

/**
 * Prepares the reading of a route's input: path and query are text and become numbers where the schema
 * asks for them, the body is JSON.
 *
 * The reader throws HttpError `invalid_request`, naming each parameter at fault, and as
 * {@link readJsonBody}.
 */
export function createInputReader(
  { params, query, body }: Pick<Route, "params" | "query" | "body">,
  { maxJsonBytes }: InputReaderInit,
): InputReader {
  const paramReaders = readersOf(params);
  const queryReaders = readersOf(query);
  return (c) => {
    const input: RouteInput = {
      params: readFields(params, paramReaders, (name) => asList(c.req.param(name))),
      query: readFields(query, queryReaders, (name) => c.req.queries(name) ?? []),
      body: undefined,
      c,
    };
    return body === undefined ? input : withBody(input, body, maxJsonBytes);
  };
}

async function withBody(
  input: RouteInput,
  schema: z.core.$ZodType,
  maxBytes: number,
): Promise<RouteInput> {
  const value = await readJsonBody(input.c, { maxBytes });
  const result = z.safeParse(schema, value, { error: explainIssue });
  if (result.success) return { ...input, body: result.data };
  throw invalid(
    result.error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message })),
  );
}

/** How the text of one field becomes a value. */
type FieldReader = (texts: readonly string[]) => unknown;

function readersOf(fields: Fields | undefined): ReadonlyMap<string, FieldReader> {
  return new Map(
    Object.entries(fields?.def.shape ?? {}).map(([name, schema]) => [
      name,
      readerOf(inlineSchema(schema)),
    ]),
  );
}

function readFields(
  fields: Fields | undefined,
  readers: ReadonlyMap<string, FieldReader>,
  textsOf: (name: string) => readonly string[],
): Record<string, unknown> {
  if (fields === undefined) return {};
  const given: Record<string, unknown> = {};
  for (const [name, read] of readers) {
    const texts = textsOf(name);
    if (texts.length > 0) given[name] = read(texts);
  }
  const result = z.safeParse(fields, given, { error: explainIssue });
  if (result.success) return result.data;
  throw invalid(
    result.error.issues.map(({ path, message }) => {
      return { parameter: String(path[0] ?? ""), detail: message };
    }),
  );
}

/** What stands in for text that is given more than once, where once is allowed: no schema takes it. */
const SEVERAL = Symbol("several values");

/** @param schema as JSON Schema: what says how text is to be understood */
function readerOf({ type, items }: JsonSchema): FieldReader {
  if (type === "array") {
    const readOne = readerOf(isJsonSchema(items) ? items : {});
    return (texts) => texts.map((text) => readOne([text]));
  }
  return ([text = "", ...more]) => (more.length > 0 ? SEVERAL : valueOf(text, type));
}

const NUMBER = /^-?\d{1,16}(?:\.\d{1,16})?$/;

/** Text that is no such value stays as it is, and the schema says what was expected. */
function valueOf(text: string, type: unknown): unknown {
  if ((type === "number" || type === "integer") && NUMBER.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function asList(text: string | undefined): string[] {
  return text === undefined ? [] : [text];
}

/** Where in a body something stands, as RFC 6901 writes it for a URL. */
function pointerTo(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => String(step).replaceAll("~", "~0").replaceAll("/", "~1"));
  return `#${steps.map((step) => `/${encodeURIComponent(step)}`).join("")}`;
}

/** More faults than this are not told. */
const MAX_FAULTS = 32;

function invalid(found: readonly InputFault[]): HttpError {
  const faults = found.slice(0, MAX_FAULTS);
  const named = faults.map(({ parameter, pointer, detail }) => {
    const what = parameter === undefined ? pointerName(pointer) : `The parameter "${parameter}"`;
    return `${what} ${detail}.`;
  });
  return new HttpError("invalid_request", named.slice(0, 4).join(" "), { faults });
}

function pointerName(pointer = "#"): string {
  return pointer === "#" ? "The body" : `"${pointer.slice(1)}" in the body`;
}
