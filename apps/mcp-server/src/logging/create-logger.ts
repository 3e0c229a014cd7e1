import type { LogFields, Logger, LogLevel } from "@ipfs-kit/core";

import type { LevelSwitch } from "./level-switch.ts";
import { cleanText, inspectNamed, type Plain } from "./log-value.ts";

/**
 * Names every line has; a field of the same name is kept with an underscore in front. `socket` is
 * none of them: pino takes fields called `method`, `headers` and `socket` for a request and shows
 * something else instead.
 */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "msg", "socket"]);

/** One line before it is written: plain data, without secrets, each field at most 8 KiB. */
interface LogRecord {
  /** ISO 8601, UTC. */
  time: string;
  level: LogLevel;
  msg: string;
  fields: Readonly<Record<string, Plain>>;
}

/** Where lines go. Must not throw. */
export interface LogOutput {
  write(record: LogRecord): void;
}

export interface LoggerInit {
  outputs: readonly LogOutput[];
  /** What is left out; children follow it. */
  level: LevelSwitch;
  /** Keep the stacks of errors. */
  stacks: boolean;
}

/**
 * A logger that writes one line per call, whatever the fields hold: errors, cycles, bigints,
 * newlines, getters that throw, secrets.
 */
export function createLogger(init: LoggerInit): Logger {
  return withContext(init, {});
}

function withContext(init: LoggerInit, context: LogRecord["fields"]): Logger {
  const { outputs, level: lowest, stacks } = init;
  const at = (level: LogLevel) => (message: string, more?: LogFields) => {
    if (!lowest.allows(level)) return;
    const fields = more === undefined ? context : { ...context, ...cleanFields(more, stacks) };
    const record = { time: new Date().toISOString(), level, msg: cleanText(message), fields };
    for (const output of outputs) output.write(record);
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (more) => withContext(init, { ...context, ...cleanFields(more, stacks) }),
  };
}

function cleanFields(fields: LogFields, stacks: boolean): Record<string, Plain> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        RESERVED.has(name) ? `_${name}` : name,
        inspectNamed(name, value, { stacks }),
      ]),
  );
}
