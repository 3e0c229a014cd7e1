import { errorCodeOf } from "@ipfs-kit/core";
import { HTTP_STATUS, httpStatusOf } from "@ipfs-kit/core/wire";

import type { Answer } from "./answer.ts";
import { RETRY_AFTER_SECONDS } from "./defaults.ts";
import { HttpError } from "./http-error.ts";
import { isExpected, problemOf } from "./problem.ts";

const HIDDEN_DETAIL = "Something went wrong inside.";

/** Statuses after which trying again may help. */
const WORTH_RETRYING: ReadonlySet<number> = new Set([429, 503, 504]);

/**
 * A failure as it is sent: plain text to people, problem+json (RFC 9457) to programs. What was not
 * expected is not told.
 */
export function problemAnswer(error: unknown, { html }: { html: boolean }): Answer {
  const own = error instanceof HttpError ? error : undefined;
  const status = own?.status ?? statusOf(error);
  const detail = isExpected(error) ? error.message : HIDDEN_DETAIL;
  const problem = problemOf(error, { status, detail });
  return {
    status,
    headers: {
      "content-type": html ? "text/plain; charset=utf-8" : "application/problem+json",
      "cache-control": "no-store",
      vary: "accept",
      ...(WORTH_RETRYING.has(status) ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {}),
      ...own?.headers,
    },
    body: html ? `${status} ${problem.title}\n\n${detail}\n` : JSON.stringify(problem),
  };
}

/** A limit of the content is no matter of too many requests: asking again does not help. */
function statusOf(error: unknown): number {
  return errorCodeOf(error) === "limit_exceeded" ? HTTP_STATUS.too_large : httpStatusOf(error);
}
