import { errorCodeOf } from "@ipfs-kit/core";
import { httpStatusOf, type Problem } from "@ipfs-kit/core/wire";

import { HttpError } from "../http-error.ts";
import { isExpected, problemOf } from "../problem.ts";

/** What Kubo's clients read of a failure, and our stable code beside it. */
interface KuboFailure {
  Message: string;
  /** 1: an argument cannot be read, clients show how the command is used; 0: everything else. */
  Code: 0 | 1;
  Type: "error";
  /** One of the closed list. Not called `code`: Go's clients take that for `Code`. */
  error_code: string;
  request_id?: string | undefined;
}

export interface FailureContext {
  requestId: string | undefined;
  path: string;
  /** What the caller takes: with `application/problem+json` it gets that. */
  accept: string | undefined;
  /** Show what went wrong inside. */
  debug: boolean;
}

export interface FailureAnswer {
  status: number;
  message: string;
  headers: Record<string, string>;
  body: KuboFailure | Problem;
}

/** How one signs in (RFC 9110). */
const CHALLENGE = { "www-authenticate": "Bearer" };
const PROBLEM_TYPE = "application/problem+json";
const HIDDEN = "Something went wrong inside. The server's log has more under this request_id.";

/**
 * A failure as Kubo words it, or as a problem (RFC 9457) for those who ask. Kubo answers 500 for all
 * that a command refuses; its clients read the body and take any other status as well, so that here
 * what the caller can mend is a 4xx. Only 404 they take for "no such command": see {@link statusForKubo}.
 */
export function answerFailure(error: unknown, context: FailureContext): FailureAnswer {
  const { requestId, accept = "", path, debug } = context;
  const code = errorCodeOf(error);
  const own = error instanceof HttpError ? error : undefined;
  const status = own?.status ?? httpStatusOf(error);
  const message = messageOf(error, debug);
  const headers = {
    ...(code === "unauthenticated" ? CHALLENGE : {}),
    ...own?.headers,
    "cache-control": "no-store",
  };
  if (accept.includes(PROBLEM_TYPE)) {
    const body: Problem = {
      ...problemOf(error, { status, detail: message }),
      instance: path,
      ...(requestId === undefined ? {} : { request_id: requestId }),
      ...(own?.parameter === undefined
        ? {}
        : { errors: [{ parameter: own.parameter, detail: message }] }),
    };
    return { status, message, headers: { ...headers, "content-type": PROBLEM_TYPE }, body };
  }
  const body: KuboFailure = {
    Message: withMissing(message, error),
    Code: own?.parameter === undefined ? 0 : 1,
    Type: "error",
    error_code: code,
    request_id: requestId,
  };
  return {
    status: statusForKubo(status),
    message: body.Message,
    headers: { ...headers, "content-type": "application/json" },
    body,
  };
}

/**
 * The status without `Accept: application/problem+json`: Kubo's own client reads no further when it
 * sees 404.
 */
export function statusForKubo(status: number): number {
  return status === 404 ? 422 : status;
}

function messageOf(error: unknown, debug: boolean): string {
  if (isExpected(error)) return error.message;
  return debug ? String(error instanceof Error ? (error.stack ?? error) : error) : HIDDEN;
}

/** Programs in Go look for these words to learn which block it is that is missing. */
function withMissing(message: string, error: unknown): string {
  if (!isExpected(error) || error.code !== "not_found") return message;
  const { cid, name } = error.details;
  const isBlock = typeof cid === "string" && name === undefined;
  return isBlock ? `${message} ipld: could not find ${cid}` : message;
}
