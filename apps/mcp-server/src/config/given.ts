import { plainText } from "../logging/plain-text.ts";
import type { Kind, Result } from "./kinds.ts";
import { flagOf, type Setting } from "./setting.ts";

/** Where a value comes from; the later ones win over those before them. */
type OriginKind = "default" | "file" | "variable" | "flag";

export interface Origin {
  from: OriginKind;
  /** How people find it: `--port`, `IPFS_KIT_PORT`, `/etc/ipfs-kit.json:3: port`. Empty for a default. */
  source: string;
}

/** A value somebody gave for a setting, not read yet. */
export interface Given {
  origin: Origin;
  /** What stands there, to be shown in a message. */
  raw: unknown;
  read<T>(kind: Kind<T>): Result<T>;
}

/** What one place says: the command line, the variables, the file. */
export interface Layer {
  /** By the setting's name. */
  given: ReadonlyMap<string, Given>;
  /** What is wrong with the place itself: names nobody knows, text that is no JSON. */
  faults: readonly string[];
  /** What is odd and harms nobody. */
  warnings: readonly string[];
}

/** The line that tells of a value which is not allowed. */
export function refusalLine(
  { origin, raw }: Given,
  { allowed, part = raw }: { allowed: string; part?: unknown },
  { secret = false }: Pick<Setting<unknown>, "secret">,
): string {
  const value = secret ? "" : ` ${shown(part)}`;
  return `${origin.source}${value} is not allowed: ${allowed}.`;
}

/** `: did you mean --port?`, or where all names are to be found. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? ": see ipfs-kit serve --help." : `: did you mean ${name}?`;
}

const MAX_SHOWN_CHARACTERS = 80;

/** As JSON, short, and harmless to a terminal. */
export function shown(value: unknown): string {
  const short =
    typeof value === "string" && value.length > MAX_SHOWN_CHARACTERS
      ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…`
      : value;
  const json = plainText(JSON.stringify(short) ?? "");
  return json.length > 2 * MAX_SHOWN_CHARACTERS
    ? `${json.slice(0, 2 * MAX_SHOWN_CHARACTERS)}…`
    : json;
}

/** The flag of a setting as source of a value. */
export function flagOrigin(setting: Setting<unknown>): Origin {
  return { from: "flag", source: flagOf(setting) };
}
