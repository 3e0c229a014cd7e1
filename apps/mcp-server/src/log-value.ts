/** Levels of nesting that are kept; what lies deeper is named, not shown. */
const MAX_DEPTH = 5;
/** Values looked at in one field: what hostile nesting can cost. */
const MAX_VALUES = 512;

/** What JSON can hold. */
type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain };

export interface InspectOptions {
  /** Keep the stacks of errors. */
  stacks: boolean;
}

interface Walk extends InspectOptions {
  /** Values that may still be looked at. */
  left: number;
}

/** Turns anything into plain data that `JSON.stringify` takes without throwing or losing a line. */
export function inspectValue(value: unknown, options: InspectOptions): Plain {
  return inspect(value, { ...options, left: MAX_VALUES }, []);
}

function inspect(value: unknown, walk: Walk, path: readonly object[]): Plain {
  walk.left -= 1;
  if (walk.left < 0) return "[…]";
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
    case "symbol":
    case "undefined":
      return String(value);
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
  if (value instanceof Date || value instanceof URL) return value.toJSON();
  if (path.length > MAX_DEPTH) return Array.isArray(value) ? "[list]" : "[object]";
  if (value instanceof Map || value instanceof Set) return inspect([...value], walk, path);
  if (Array.isArray(value)) {
    return value
      .slice(0, Math.max(walk.left, 0) + 1)
      .map((entry: unknown) => inspect(entry, walk, path));
  }
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return inspect(value.toJSON(), walk, path);
  }
  return inspectEntries(Object.entries(value), walk, path);
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
      .map(([name, entry]) => [name, inspect(entry, walk, path)]),
  );
}
