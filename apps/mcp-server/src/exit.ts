import { errorCodeOf } from "@ipfs-kit/core";

import { ConfigError, PortInUseError } from "./errors.ts";
import { plainText } from "./logging/plain-text.ts";
import { redactText } from "./logging/redact.ts";

/** How the process says why it ended, as sysexits.h has it. */
export const EXIT = {
  clean: 0,
  usage: 64,
  portInUse: 69,
  internal: 70,
  dataDirectory: 73,
} as const;

/** Ends the process: one line for people, the stack only for those who debug. */
export function quit(error: unknown, debug: boolean): never {
  const lines = error instanceof ConfigError ? error.faults : [explain(error)];
  for (const line of lines) process.stderr.write(`ipfs-kit: ${shown(line)}\n`);
  const stack = (debug && error instanceof Error ? error.stack : undefined) ?? "";
  for (const line of stack.split("\n")) if (line !== "") process.stderr.write(`${shown(line)}\n`);
  process.exit(exitCodeOf(error));
}

/** The exit code an error stands for. */
function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.usage;
  if (error instanceof PortInUseError) return EXIT.portInUse;
  return errorCodeOf(error) === "data_directory" ? EXIT.dataDirectory : EXIT.internal;
}

/** It may hold what others wrote, and land in somebody's report. */
function shown(line: string): string {
  return plainText(redactText(line));
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replaceAll(/\s*[\r\n]+\s*/g, " ");
  if (exitCodeOf(error) !== EXIT.internal) return line;
  return `it failed inside: ${line} (run again with --debug for more)`;
}
