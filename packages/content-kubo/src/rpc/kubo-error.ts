import {
  InvalidStateError,
  IpfsKitError,
  NotFoundError,
  TimeoutError,
  UnavailableError,
} from "@ipfs-kit/core";

// Why a call failed stands in `details.reason`. `unreachable`: no connection, or it broke. `not_kubo`:
// what answers does not speak like Kubo. `unauthorized`: it wants to know who we are. `kubo_error`: Kubo
// is fine and said no. `breaker_open`: it was not even asked.

/** Kubo's words are cut to this many characters in a message of ours. */
const MAX_QUOTED = 500;

/** What Kubo's messages mean. It has no codes: all errors are 500 with a text. */
const MEANINGS: readonly [RegExp, (message: string) => IpfsKitError][] = [
  [/could not find|was not found locally|no such block/i, said(NotFoundError)],
  [/is not pinned|not pinned or pinned indirectly/i, said(NotFoundError)],
  [/already pinned recursively|^pinned[: ]/i, said(InvalidStateError)],
  [/deadline exceeded|request timed out/i, said(TimeoutError)],
  [
    /no space left on device|quota exceeded|storage limit exceeded/i,
    (message) => ofCode("storage_full", message),
  ],
  [/content integrity|data did not match/i, (message) => ofCode("integrity", message)],
  // A block that is not what its codec says. Kubo looks into those it knows.
  [/^import failed/i, (message) => ofCode("invalid_request", message)],
];

/** The error behind a message of Kubo's. */
export function kuboError(message: string): IpfsKitError {
  const meaning = MEANINGS.find(([pattern]) => pattern.test(message))?.[1];
  return meaning?.(message) ?? said(UnavailableError)(message);
}

/** The error for an answer with a status other than 200. */
export function refusal(status: number, message: string | undefined): IpfsKitError {
  if (status === 401 || status === 403) {
    return new UnavailableError("Kubo's API does not let us in. Check `auth`.", {
      details: { reason: "unauthorized", status },
    });
  }
  if (status >= 300 && status < 400) {
    return notKubo("it answers with a redirect, which is not followed");
  }
  if (message !== undefined) return kuboError(message);
  return notKubo(`it answers with status ${status}`);
}

/** What answers is not Kubo, or something between us and it answers instead. */
export function notKubo(why: string): UnavailableError {
  return new UnavailableError(`What answers at the address of the Kubo API is not Kubo: ${why}.`, {
    details: { reason: "not_kubo" },
  });
}

/** The connection could not be made, or broke. */
export function unreachable(cause: unknown): UnavailableError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UnavailableError(`Kubo cannot be reached: ${why.slice(0, MAX_QUOTED)}.`, {
    cause,
    details: { reason: "unreachable" },
  });
}

/** Whether an error says that Kubo itself is in trouble, not that it declined. */
export function isKuboDown(error: unknown): boolean {
  if (!(error instanceof IpfsKitError)) return false;
  const { reason } = error.details;
  if (error.code === "timeout") return reason !== "kubo_error";
  return error.code === "unavailable" && (reason === "unreachable" || reason === "not_kubo");
}

function said(
  Kind: new (message: string, options: { details: Record<string, string> }) => IpfsKitError,
) {
  return (message: string) => new Kind(quoted(message), { details: { reason: "kubo_error" } });
}

function ofCode(
  code: "storage_full" | "integrity" | "invalid_request",
  message: string,
): IpfsKitError {
  return new IpfsKitError(code, quoted(message), { details: { reason: "kubo_error" } });
}

function quoted(message: string): string {
  return `Kubo says: ${message.trim().slice(0, MAX_QUOTED)}`;
}
