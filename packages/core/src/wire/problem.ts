import * as z from "zod/mini";

import { ERROR_CODES, type ErrorCode, errorCodeOf, MalformedContentError } from "../errors.ts";

/** One of the closed list of {@link ERROR_CODES}. */
export const errorCodeSchema = z.enum(ERROR_CODES);

/** One thing that is wrong with a request: a parameter, or a place in the JSON body. */
const faultSchema = z.object({
  parameter: z.optional(z.string()),
  /** A JSON pointer (RFC 6901) as a URL fragment: `#/tags/0`. */
  pointer: z.optional(z.string()),
  detail: z.string(),
});

/** The body of every failed HTTP request: `application/problem+json` (RFC 9457). */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  instance: z.optional(z.string()),
  code: errorCodeSchema,
  request_id: z.optional(z.string()),
  /** What is wrong with the input. */
  errors: z.optional(z.readonly(z.array(faultSchema))),
  /** Plain facts that go with the code. */
  details: z.optional(
    z.readonly(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  ),
});

export type Problem = z.infer<typeof problemSchema>;

/** The HTTP status each code is sent with. No code for wrong input maps to 5xx. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_cid: 400,
  not_found: 404,
  not_a_file: 422,
  empty_content: 422,
  not_media: 422,
  corrupt_media: 422,
  unplayable: 422,
  transcode_failed: 422,
  no_common_codec: 422,
  negotiation_failed: 422,
  connection_failed: 422,
  integrity: 502,
  invalid_state: 409,
  limit_exceeded: 429,
  too_large: 413,
  storage_full: 507,
  timeout: 504,
  aborted: 499,
  unavailable: 503,
  not_supported: 422,
  host_not_allowed: 403,
  origin_not_allowed: 403,
  method_not_allowed: 405,
  unauthenticated: 401,
  forbidden: 403,
  rate_limited: 429,
  data_directory: 503,
  internal: 500,
};

/** Content that its maker made wrong is nothing this server, or one behind it, could mend. */
const MALFORMED_CONTENT_STATUS = 422;

/** The HTTP status of anything that was thrown. */
export function httpStatusOf(error: unknown): number {
  if (error instanceof MalformedContentError) return MALFORMED_CONTENT_STATUS;
  return HTTP_STATUS[errorCodeOf(error)];
}
