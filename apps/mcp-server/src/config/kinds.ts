import { formatBytes, readBytes } from "./bytes.ts";

/** What was given, or what may be given instead: a clause such as `give a whole number`. */
export type Result<T> = { value: T } | Refusal;

interface Refusal {
  allowed: string;
  /** The part that is wrong, when it is not the whole. */
  part?: unknown;
}

/** A value as a configuration file has it. */
export type JsonValue = string | number | boolean | readonly string[];

/** A kind of value: how it is read from text and from a file, and written again. */
export interface Kind<T> {
  type: "string" | "boolean";
  /** May be given several times. @default false */
  list?: boolean;
  /** How the value is called in the help text, e.g. `<number>`. */
  placeholder?: string;
  /** The only values there are. */
  choices?: readonly string[];
  /** What the value is a path of. */
  completes?: "file" | "folder";
  /** What is allowed, as a clause: `give a whole number from 0 to 65535`. */
  allowed: string;
  /** From flags and variables; of several texts a kind that is no list takes the last. */
  readTexts(texts: readonly string[]): Result<T>;
  /** From a parsed file. */
  readJson(value: unknown): Result<T>;
  /** What stands in a file for the value; reading it gives the value again. */
  toJson(value: T): JsonValue;
  /** For people. */
  toText(value: T): string;
  /** JSON Schema of what {@link readJson} takes. */
  schema: Readonly<Record<string, unknown>>;
}

type Read<T> = (text: string) => { value: T } | { allowed: string };

const TRUE: ReadonlySet<string> = new Set(["1", "true"]);
const FALSE: ReadonlySet<string> = new Set(["0", "false"]);

/** On or off. */
export const switchKind: Kind<boolean> = {
  type: "boolean",
  allowed: "give 1 or true, 0 or false",
  readTexts: (texts) => {
    const text = lastOf(texts);
    if (TRUE.has(text)) return { value: true };
    return FALSE.has(text) ? { value: false } : { allowed: switchKind.allowed };
  },
  readJson: (value) => (typeof value === "boolean" ? { value } : { allowed: "give true or false" }),
  toJson: (value) => value,
  toText: String,
  schema: { type: "boolean" },
};

/** A number between two others, whole unless it has `decimals`. */
export function numberKind(
  min: number,
  max: number,
  { decimals = false }: { decimals?: boolean } = {},
): Kind<number> {
  const pattern = decimals ? /^\d{1,9}(?:\.\d{1,6})?$/ : /^\d{1,9}$/;
  const allowed = `give a ${decimals ? "number" : "whole number"} from ${min} to ${max}`;
  const check = (number: number): Result<number> =>
    number >= min && number <= max ? { value: number } : { allowed };
  const readTexts = (texts: readonly string[]) =>
    check(pattern.test(lastOf(texts)) ? Number(lastOf(texts)) : Number.NaN);
  return {
    type: "string",
    placeholder: "<number>",
    allowed,
    readTexts,
    readJson: (value) => {
      if (typeof value === "number") {
        return decimals || Number.isInteger(value) ? check(value) : { allowed };
      }
      const onlyQuoted = typeof value === "string" && "value" in readTexts([value]);
      return { allowed: onlyQuoted ? `${allowed}, without quotes` : allowed };
    },
    toJson: (value) => value,
    toText: String,
    schema: { type: decimals ? "number" : "integer", minimum: min, maximum: max },
  };
}

/** A number of bytes: `1000000`, `50G`, `500Mi`. */
export function bytesKind(min = 0, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const bounded = min > 0 || max < Number.MAX_SAFE_INTEGER;
  const range = bounded ? ` from ${formatBytes(min)} to ${formatBytes(max)}` : "";
  const allowed = `give bytes${range}, alone or in k, M, G, T, Ki, Mi, Gi or Ti`;
  const check = (bytes: number): Result<number> =>
    Number.isSafeInteger(bytes) && bytes >= min && bytes <= max ? { value: bytes } : { allowed };
  const readTexts = (texts: readonly string[]) => check(readBytes(lastOf(texts)));
  return {
    type: "string",
    placeholder: "<bytes>",
    allowed,
    readTexts,
    readJson: (value) => {
      if (typeof value === "number") return check(value);
      return typeof value === "string" ? readTexts([value]) : { allowed };
    },
    toJson: (value) => value,
    toText: formatBytes,
    schema: {
      anyOf: [
        { type: "integer", minimum: min, maximum: max },
        { type: "string", pattern: "^\\d{1,15}([kKmMgGtT]i?)?[bB]?$" },
      ],
    },
  };
}

export interface TextKindInit<T extends string> {
  read: Read<T>;
  placeholder: string;
  choices?: readonly T[];
  completes?: "file" | "folder";
}

/** Text that a reader of its own knows. */
export function textKind<T extends string>({ read, ...shape }: TextKindInit<T>): Kind<T> {
  const { choices } = shape;
  const allowed = allowedBy(read);
  return {
    type: "string",
    ...shape,
    allowed,
    readTexts: (texts) => read(lastOf(texts)),
    readJson: (value) => (typeof value === "string" && value !== "" ? read(value) : { allowed }),
    toJson: (value) => value,
    toText: (value) => value,
    schema:
      choices === undefined ? { type: "string", minLength: 1 } : { type: "string", enum: choices },
  };
}

/** One of some words; capitals do not matter. Aliases are taken and not shown. */
export function choiceKind<const T extends string>(
  placeholder: string,
  choices: readonly T[],
  aliases: Readonly<Record<string, T>> = {},
): Kind<T> {
  const known = new Map<string, T>(Object.entries(aliases));
  for (const choice of choices) known.set(choice, choice);
  const allowed = `give ${inWords(choices)}`;
  const read = (text: string): Result<T> => {
    const value = known.get(text.toLowerCase());
    return value === undefined ? { allowed } : { value };
  };
  return textKind({ read, placeholder, choices });
}

/** Several texts: a flag that is repeated, commas, an array in a file. */
export function listKind({
  read,
  ...shape
}: Omit<TextKindInit<string>, "choices">): Kind<readonly string[]> {
  const allowed = allowedBy(read);
  const readAll = (parts: readonly unknown[]): Result<readonly string[]> => {
    const values: string[] = [];
    for (const part of parts) {
      const result = typeof part === "string" ? read(part) : { allowed };
      if (!("value" in result)) return { ...result, part };
      values.push(result.value);
    }
    return { value: values };
  };
  return {
    type: "string",
    list: true,
    ...shape,
    allowed,
    readTexts: (texts) =>
      readAll(texts.flatMap((text) => text.split(",").map((part) => part.trim()))),
    readJson: (value) =>
      Array.isArray(value) ? readAll(value) : { allowed: `${allowed}, in a list: ["…"]` },
    toJson: (value) => value,
    toText: (value) => value.join(", "),
    schema: { type: "array", items: { type: "string", minLength: 1 } },
  };
}

/** `a, b or c`. */
function inWords(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(", ")} or ${choices.at(-1) ?? ""}`;
}

function lastOf(texts: readonly string[]): string {
  return texts.at(-1) ?? "";
}

/** What a reader says of a text that is right nowhere. */
function allowedBy(read: Read<unknown>): string {
  const result = read("\0");
  if ("allowed" in result) return result.allowed;
  throw new TypeError("A reader takes a NUL character.");
}
