import { flagOf, type Setting } from "./setting.ts";
import { ALL_SETTINGS } from "./setting-names.ts";

/** One flag of `serve`, for help, completions and the manual. */
export interface ServeFlag {
  type: "string" | "boolean";
  /** May be given several times, or once with commas. @default false */
  list?: boolean;
  /** How the value is called in the help text. */
  value?: string;
  /** The only values there are. */
  choices?: readonly string[];
  /** What the value is a path of. */
  completes?: "file" | "folder";
  /** The heading it stands under. */
  section: string;
  /** What it does, what is allowed, its default, and whether it has an effect yet. */
  help: string;
}

/** Every flag of `serve` without its dashes, in the order of the help text. */
export const SERVE_FLAGS: ReadonlyMap<string, ServeFlag> = new Map(
  ALL_SETTINGS.map((setting) => [flagOf(setting).slice(2), toFlag(setting)]),
);

function toFlag(setting: Setting<unknown>): ServeFlag {
  const { kind, section, help, awaits } = setting;
  const { type, list, placeholder, choices, completes } = kind;
  const usual = defaultText(setting);
  return {
    type,
    ...(list !== undefined && { list }),
    ...(placeholder !== undefined && { value: placeholder }),
    ...(choices !== undefined && { choices }),
    ...(completes !== undefined && { completes }),
    section,
    help: [
      help,
      ...(usual === "" ? [] : [`Default ${usual}.`]),
      ...(awaits === undefined ? [] : [`No effect yet: a later version brings ${awaits}.`]),
    ].join(" "),
  };
}

/** The default in words; empty for a switch that is off and a list without anything. */
export function defaultText({ kind, fallback, defaultText: words }: Setting<unknown>): string {
  if (words !== undefined) return words;
  return fallback === undefined || fallback === false ? "" : kind.toText(fallback);
}
