import { errorCodeOf, IpfsKitError } from "@ipfs-kit/core";
import type { Problem } from "@ipfs-kit/core/wire";

/** A failure as a problem (RFC 9457). */
export function problemOf(
  error: unknown,
  { status, detail }: Pick<Problem, "status" | "detail">,
): Problem {
  const code = errorCodeOf(error);
  const title = code.replaceAll("_", " ");
  return {
    type: `urn:ipfs-kit:error:${code}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status,
    detail,
    code,
    ...(isExpected(error) && Object.keys(error.details).length > 0
      ? { details: error.details }
      : {}),
  };
}

/** Whether what went wrong may be told to whoever asked; of anything else only that it did. */
export function isExpected(error: unknown): error is IpfsKitError {
  return error instanceof IpfsKitError && error.code !== "internal";
}
