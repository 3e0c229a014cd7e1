import { randomBytes } from "node:crypto";

/** The header that carries the id of a request, in every answer. */
export const REQUEST_ID = "x-request-id";

/** Makes names for requests, unique across restarts: in answers, in problems, in the log. */
export function createRequestIds(): () => string {
  const prefix = randomBytes(5).toString("hex");
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
