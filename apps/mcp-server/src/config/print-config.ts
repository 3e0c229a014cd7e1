import type { JsonValue } from "./kinds.ts";
import type { ConfigEntry } from "./load-config.ts";

export interface PrintOptions {
  /** Say where each value comes from. @default false */
  origin?: boolean;
}

/** Values of the text form are aligned up to here; longer ones stick out. */
const MAX_ALIGNED = 40;

/**
 * The configuration as one object. Without origins it is a configuration file: given to `--config` it
 * means the same. A secret is never in it.
 */
export function configRecord(
  entries: readonly ConfigEntry[],
  { origin = false }: PrintOptions = {},
): Record<string, unknown> {
  return Object.fromEntries(
    origin
      ? entries.map((entry) => [entry.setting.name, withOrigin(entry)])
      : entries.filter(isForFile).map((entry) => [entry.setting.name, jsonOf(entry)]),
  );
}

/** The configuration for people, one line for each setting. */
export function configLines(
  entries: readonly ConfigEntry[],
  { origin = false }: PrintOptions = {},
): string[] {
  const names = columnOf(entries.map(({ setting }) => setting.name));
  const values = entries.map((entry) => textOf(entry));
  const aligned = columnOf(values.filter(({ length }) => length <= MAX_ALIGNED));
  return entries.map((entry, at) => {
    const value = values[at] ?? "";
    const line = `${entry.setting.name.padEnd(names)} = `;
    return origin
      ? `${line}${value.padEnd(aligned)}  # ${originOf(entry)}`
      : `${line}${value}`.trimEnd();
  });
}

/** What stands in a file for it; nothing for a secret. */
function jsonOf({ setting, value }: ConfigEntry): JsonValue | undefined {
  return value === undefined || setting.secret === true ? undefined : setting.kind.toJson(value);
}

function isForFile(entry: ConfigEntry): boolean {
  const { setting, origin } = entry;
  // Named in a file, what has no effect yet would be warned of.
  const isIdle = setting.awaits !== undefined && origin.from === "default";
  return jsonOf(entry) !== undefined && setting.outsideFile !== true && !isIdle;
}

function withOrigin(entry: ConfigEntry): Record<string, unknown> {
  const { from, source } = entry.origin;
  const value = jsonOf(entry) ?? null;
  return from === "default" ? { value, from } : { value, from, source };
}

function textOf({ setting, value }: ConfigEntry): string {
  if (value === undefined) return "";
  return setting.secret === true ? "(secret)" : setting.kind.toText(value);
}

function originOf({ setting, value, origin }: ConfigEntry): string {
  if (origin.from !== "default") return origin.source;
  const words = value === undefined ? setting.defaultText : undefined;
  return words === undefined ? "default" : `default: ${words}`;
}

function columnOf(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}
