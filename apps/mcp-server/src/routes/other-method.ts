import type { AppContext } from "../app-env.ts";
import { HttpError } from "../edge/http-error.ts";

/**
 * Answers the methods a path does not have: `OPTIONS` with those it has, any other with 405.
 *
 * @param allow the value of the `Allow` header
 */
export function answerOtherMethod(c: AppContext, allow: string): Response {
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  throw new HttpError("method_not_allowed", `Use ${allow} here.`, { headers: { allow } });
}
