import { type ErrorCode, errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

import { ConfigError } from "../errors.ts";

/** How a command says what became of it. `serve` has its own: see `exit.ts`. */
export const COMMAND_EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  auth: 4,
  notFound: 5,
  timeout: 6,
  interrupted: 130,
} as const;

/** The command line does not have the documented form. */
export class UsageError extends IpfsKitError {
  override readonly name = "UsageError";

  constructor(message: string) {
    super("invalid_request", message);
  }
}

/** No server answered at the address. */
export class UnreachableError extends IpfsKitError {
  override readonly name = "UnreachableError";

  constructor(url: string, cause: unknown) {
    const why = cause instanceof Error ? ` (${cause.message || cause.name})` : "";
    super(
      "unavailable",
      `No server answers at ${url}${why}. Start one with "ipfs-kit", or name another with --server.`,
      { cause },
    );
  }
}

/** No server is known to run on the data folder. */
export class NoServerError extends IpfsKitError {
  override readonly name = "NoServerError";

  constructor(folder: string) {
    super(
      "unavailable",
      `No server runs on the data folder ${folder}: start one, or name it with --server.`,
    );
  }
}

/** The command did its work, and what it found is bad: everything was told already. Exit code 1. */
export class CheckFailedError extends IpfsKitError {
  override readonly name = "CheckFailedError";

  constructor() {
    super("unavailable", "Not everything is in order.");
  }
}

const AUTH_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "unauthenticated",
  "forbidden",
  "host_not_allowed",
  "origin_not_allowed",
]);

/** The exit code an error stands for. */
export function commandExitOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigError) return COMMAND_EXIT.usage;
  if (error instanceof UnreachableError || error instanceof NoServerError) {
    return COMMAND_EXIT.unreachable;
  }
  const code = errorCodeOf(error);
  if (AUTH_CODES.has(code)) return COMMAND_EXIT.auth;
  if (code === "not_found") return COMMAND_EXIT.notFound;
  return code === "timeout" ? COMMAND_EXIT.timeout : COMMAND_EXIT.failed;
}

const ADVICE: Partial<Record<ErrorCode, string>> = {
  unauthenticated:
    "Put a token into IPFS_KIT_TOKEN, or into a profile (ipfs-kit config profile add); ipfs-kit token create makes one where the server runs.",
  forbidden:
    "Use a token with a larger role: ipfs-kit token create --role … makes one where the server runs.",
  host_not_allowed: "Start the server with --allow-host and the name you used for it.",
};

/** What somebody who was refused can do about it. */
export function adviceFor(error: unknown): string | undefined {
  return ADVICE[errorCodeOf(error)];
}
