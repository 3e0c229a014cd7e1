/** Structured facts that go with a message. */
export type LogFields = Readonly<Record<string, unknown>>;

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * Where a part writes what happens to it. `error`: gave up. `warn`: recovered, or will retry.
 * `info`: one line per change of life. `debug`: the rest.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `context` to every line. */
  child(context: LogFields): Logger;
}

/** Says nothing. The default of every package. */
export const noopLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => noopLogger,
};
