import { isSecretName, REDACTED, redactText } from "./redact.ts";

/** Levels of nesting that are kept; what lies deeper is named, not shown. */
const MAX_DEPTH = 5;
/** Values looked at in one field: what hostile nesting can cost. */
const MAX_VALUES = 512;

/** Longest text that is kept, and longest JSON of one field; more is cut. */
const MAX_CHARACTERS = 8 * 1024;
/** Read beyond that before the cut, so that no half of a secret stays at the end. */
const MARGIN = 1024;

/** What JSON can hold. */
export type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain };

export interface InspectOptions {
  /** Keep the stacks of errors. */
  stacks: boolean;
}

interface Walk extends InspectOptions {
  /** Values that may still be looked at. */
  left: number;
  /** Characters that may still be read. */
  characters: number;
}

/**
 * Turns anything into plain data that `JSON.stringify` takes without throwing or losing a line: the
 * value itself, or the start of its JSON when that is too long. Without the secrets in it.
 */
export function inspectValue(value: unknown, options: InspectOptions): Plain {
  if (typeof value === "string") return cleanText(value);
  const plain = inspect(
    value,
    { ...options, left: MAX_VALUES, characters: 2 * MAX_CHARACTERS },
    [],
  );
  if (typeof plain !== "object" || plain === null) return plain;
  const json = JSON.stringify(plain);
  return json.length > MAX_CHARACTERS ? cut(json) : plain;
}

/** A field or entry by its name: what is secret by name is not looked at. */
export function inspectNamed(name: string, value: unknown, options: InspectOptions): Plain {
  return holdsSecret(name, value) ? REDACTED : inspectValue(value, options);
}

/** A text without secrets, at most 8 KiB of it. */
export function cleanText(text: string): string {
  if (text.length <= MAX_CHARACTERS) return redactText(text);
  return cut(redactText(text.slice(0, MAX_CHARACTERS + MARGIN)), text.length);
}

function cut(text: string, length = text.length): string {
  return length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** How many tokens there are, or whether there is one, is no secret. */
function holdsSecret(name: unknown, value: unknown): boolean {
  const mayHold = typeof value === "string" || (typeof value === "object" && value !== null);
  return mayHold && typeof name === "string" && isSecretName(name);
}

function inspect(value: unknown, walk: Walk, path: readonly object[]): Plain {
  walk.left -= 1;
  if (walk.left < 0 || walk.characters < 0) return "[…]";
  switch (typeof value) {
    case "string":
      walk.characters -= value.length;
      return cleanText(value);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
    case "symbol":
    case "undefined":
      return cleanText(String(value));
    case "function":
      return "[function]";
    case "object":
      return value === null ? null : guarded(value, walk, path);
    default:
      return "[unknown]";
  }
}

/** Getters, proxies and `toJSON` of strangers may throw: that is then what is shown. */
function guarded(value: object, walk: Walk, path: readonly object[]): Plain {
  if (path.includes(value)) return "[circular]";
  try {
    return inspectObject(value, walk, [...path, value]);
  } catch {
    return "[unreadable]";
  }
}

function inspectObject(value: object, walk: Walk, path: readonly object[]): Plain {
  if (value instanceof Error) return inspectError(value, walk, path);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date || value instanceof URL) return inspect(value.toJSON(), walk, path);
  if (path.length > MAX_DEPTH) return Array.isArray(value) ? "[list]" : "[object]";
  if (value instanceof Map || value instanceof Set) {
    return inspectList(firstOf<unknown>(value, walk.left + 1), walk, path);
  }
  if (Array.isArray(value)) return inspectList(value, walk, path);
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return inspect(value.toJSON(), walk, path);
  }
  return inspectEntries(Object.entries(value), walk, path);
}

function firstOf<T>(values: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const value of values) {
    if (first.length >= count) break;
    first.push(value);
  }
  return first;
}

/** Headers come as lists too: what follows a name that is secret is its value. */
function inspectList(list: readonly unknown[], walk: Walk, path: readonly object[]): Plain {
  return list
    .slice(0, Math.max(walk.left, 0) + 1)
    .map((entry, index) =>
      holdsSecret(list[index - 1], entry) ? REDACTED : inspect(entry, walk, path),
    );
}

function inspectError(error: Error, walk: Walk, path: readonly object[]): Plain {
  const entries: [string, unknown][] = [
    ["name", error.name],
    ["message", error.message],
    ...Object.entries(error).filter(([name]) => name !== "name"),
  ];
  if (error.cause !== undefined) entries.push(["cause", error.cause]);
  if (walk.stacks) entries.push(["stack", error.stack]);
  return inspectEntries(entries, walk, path);
}

function inspectEntries(
  entries: readonly [string, unknown][],
  walk: Walk,
  path: readonly object[],
): Plain {
  return Object.fromEntries(
    entries
      .filter(([, entry]) => entry !== undefined)
      .slice(0, Math.max(walk.left, 0) + 1)
      .map(([name, entry]) => [
        cleanText(name),
        holdsSecret(name, entry) ? REDACTED : inspect(entry, walk, path),
      ]),
  );
}
