import type { LogFields, Logger, LogLevel } from "@ipfs-kit/core";

import { inspectValue } from "./log-value.ts";

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Longest message; longer ones are cut. Fields have the same cap, each. */
const MAX_CHARACTERS = 8 * 1024;

/** Names every line has; a field of the same name is kept with an underscore in front. */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "msg"]);

export interface LoggerInit {
  /** Takes the finished lines, newline included. */
  write: (line: string) => void;
  /** Lines below it are left out. @default "info" */
  level?: LogLevel;
  /** One readable line for a terminal instead of one JSON object. @default false */
  pretty?: boolean;
  /** Keep the stacks of errors. @default false */
  stacks?: boolean;
}

/**
 * A logger that writes one line per call, whatever the fields hold: errors, cycles, bigints,
 * newlines, getters that throw. As JSON every line is one complete object.
 */
export function createLogger(init: LoggerInit): Logger {
  return withContext(init, {});
}

function withContext(init: LoggerInit, context: LogFields): Logger {
  const { write, level: lowest = "info", pretty = false, stacks = false } = init;
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (RANK[level] < RANK[lowest]) return;
    const record = toRecord({ ...context, ...fields }, stacks);
    const time = new Date().toISOString();
    const msg = cut(message);
    write(
      pretty
        ? prettyLine(time, level, msg, record)
        : `${JSON.stringify({ time, level, msg, ...record })}\n`,
    );
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (more) => withContext(init, { ...context, ...more }),
  };
}

function toRecord(fields: LogFields, stacks: boolean): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    record[RESERVED.has(name) ? `_${name}` : name] = capped(inspectValue(value, { stacks }));
  }
  return record;
}

/** The value itself, or the start of its JSON when that is too long. */
function capped(value: unknown): unknown {
  if (typeof value === "string") return cut(value);
  const json = JSON.stringify(value);
  return json.length > MAX_CHARACTERS ? cut(json) : value;
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

function prettyLine(time: string, level: LogLevel, msg: string, record: object): string {
  const fields = Object.entries(record).map(([name, value]) => `${name}=${quoted(value)}`);
  return `${[time.slice(11, 23), level.toUpperCase().padEnd(5), plain(msg), ...fields].join(" ")}\n`;
}

/** Strings without spaces stand bare, everything else as JSON. */
function quoted(value: unknown): string {
  const bare = typeof value === "string" && /^[\w./:@+-]+$/.test(value);
  return bare ? value : plain(JSON.stringify(value));
}

/** Nothing in a log may steer the terminal or break the line. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
