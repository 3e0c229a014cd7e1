import { errorCodeOf, type ErrorCode, IpfsKitError } from "@ipfs-kit/core";

import { safeText } from "../text/safe-text.ts";

/** What went wrong, ready to be shown. */
export interface Failure {
  code: ErrorCode;
  message: string;
}

/** Anything that was thrown, as something to show. */
export function failureOf(error: unknown): Failure {
  if (error instanceof IpfsKitError) return { code: error.code, message: safeText(error.message) };
  return { code: errorCodeOf(error), message: "Something in this page went wrong. Reload it." };
}
