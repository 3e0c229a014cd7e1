import { type ErrorCode, errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

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

const BY_CODE: ReadonlyMap<ErrorCode, number> = new Map([
  ["not_found", COMMAND_EXIT.notFound],
  ["timeout", COMMAND_EXIT.timeout],
  ["host_not_allowed", COMMAND_EXIT.auth],
  ["origin_not_allowed", COMMAND_EXIT.auth],
]);

/** The exit code an error stands for. */
export function commandExitOf(error: unknown): number {
  if (error instanceof UsageError) return COMMAND_EXIT.usage;
  if (error instanceof UnreachableError) return COMMAND_EXIT.unreachable;
  return BY_CODE.get(errorCodeOf(error)) ?? COMMAND_EXIT.failed;
}
