import { errorCodeOf } from "@ipfs-kit/core";

import { ConfigError, PortInUseError } from "./errors.ts";

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
  process.stderr.write(`ipfs-kit: ${explain(error)}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  process.exit(exitCodeOf(error));
}

/** The exit code an error stands for. */
function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return EXIT.usage;
  if (error instanceof PortInUseError) return EXIT.portInUse;
  return errorCodeOf(error) === "data_directory" ? EXIT.dataDirectory : EXIT.internal;
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replaceAll(/\s*[\r\n]+\s*/g, " ");
  if (exitCodeOf(error) !== EXIT.internal) return line;
  return `it failed inside: ${line} (run again with --debug for more)`;
}
