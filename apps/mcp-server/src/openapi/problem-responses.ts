import { type ErrorCode, MalformedContentError } from "@ipfs-kit/core";
import { HTTP_STATUS, httpStatusOf } from "@ipfs-kit/core/wire";
import { statusForKubo } from "@ipfs-kit/gateway/kubo-rpc";

import { type Access } from "../edge/access.ts";
import { HttpError } from "../edge/http-error.ts";
import { answerFor } from "../edge/problems.ts";
import { ERROR_PAGES } from "../reference/error-pages.ts";
import type { DeclaredError } from "../routes/route.ts";
import type { JsonSchema } from "./json-schemas.ts";

/** Content that was made wrong has the code of bytes that were changed, and a status of its own. */
const MALFORMED_CONTENT_STATUS = httpStatusOf(new MalformedContentError(""));

/** What every request may be answered with, whatever its route. */
const OF_EVERY_REQUEST: readonly DeclaredError[] = [
  "invalid_request",
  "host_not_allowed",
  "origin_not_allowed",
  "rate_limited",
  "unavailable",
  "internal",
  // No answer has begun in the time there is for it.
  "timeout",
  // The header is too slow, too large, or expects what is not known here.
  { code: "timeout", status: 408 },
  { code: "too_large", status: 431 },
  { code: "invalid_request", status: 417 },
];
const OF_SIGN_IN: readonly DeclaredError[] = ["unauthenticated", "forbidden"];
const OF_A_JSON_BODY: readonly DeclaredError[] = [
  "too_large",
  { code: "invalid_request", status: 415 },
];
const OF_KUBO_CALLS: readonly DeclaredError[] = [
  // Too many calls or uploads at once.
  "limit_exceeded",
];

export interface Failing {
  access: Access;
  errors: readonly DeclaredError[];
  hasJsonBody?: boolean;
  /** One of Kubo's: it has the form Kubo's clients read too. */
  isKubo?: boolean;
}

/** Collects the failures of all operations: each kind stands in the document once. */
export class ProblemResponses {
  readonly #components = new Map<string, JsonSchema>();

  /** The failures of one operation, by status, as references. */
  of({ access, errors, hasJsonBody = false, isKubo = false }: Failing): Record<string, JsonSchema> {
    const declared = [
      ...OF_EVERY_REQUEST,
      ...(access === "public" ? [] : OF_SIGN_IN),
      ...(hasJsonBody ? OF_A_JSON_BODY : []),
      ...(isKubo ? OF_KUBO_CALLS : []),
      ...errors,
    ];
    const byStatus = new Map<number, Set<ErrorCode>>();
    const note = (status: number, code: ErrorCode) =>
      byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
    for (const each of declared) {
      const { code, status } =
        typeof each === "string" ? { code: each, status: HTTP_STATUS[each] } : each;
      note(status, code);
      if (code === "integrity") note(MALFORMED_CONTENT_STATUS, code);
      if (isKubo) note(statusForKubo(status), code);
    }
    return Object.fromEntries(
      [...byStatus]
        .toSorted(([a], [b]) => a - b)
        .map(([status, codes]) => [status, this.#ref(status, [...codes].toSorted(), isKubo)]),
    );
  }

  /** `components.responses` of the document. */
  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#components].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #ref(status: number, codes: readonly ErrorCode[], isKubo: boolean): JsonSchema {
    const name = [status, ...(isKubo ? ["kubo"] : []), ...codes].join(".");
    if (!this.#components.has(name)) {
      this.#components.set(name, responseOf(status, codes, isKubo));
    }
    return { $ref: `#/components/responses/${name}` };
  }
}

/** What a client may do again, and when. */
const RETRY_AFTER = {
  "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } },
};
const RETRIED: ReadonlySet<number> = new Set([429, 503]);

function responseOf(status: number, codes: readonly ErrorCode[], isKubo: boolean): JsonSchema {
  const [first] = codes;
  const problem = {
    schema: {
      allOf: [{ $ref: "#/components/schemas/Problem" }, { properties: { code: { enum: codes } } }],
    },
    ...(first === undefined ? {} : { example: exampleOf(first, status) }),
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_PAGES[code].meaning}`).join("\n\n"),
    ...(RETRIED.has(status) ? { headers: RETRY_AFTER } : {}),
    content: {
      "application/problem+json": problem,
      ...(isKubo
        ? {
            "application/json": {
              schema: { $ref: "#/components/schemas/KuboFailure" },
              example: {
                Message: first === undefined ? "" : ERROR_PAGES[first].meaning,
                Code: 0,
                Type: "error",
                error_code: first,
                request_id: EXAMPLE_CONTEXT.requestId,
              },
            },
          }
        : {}),
    },
  };
}

const EXAMPLE_CONTEXT = { requestId: "3f9a1c07d2-1b", url: "/…", debug: false };

function exampleOf(code: ErrorCode, status: number): object {
  return answerFor(new HttpError(code, ERROR_PAGES[code].meaning, { status }), EXAMPLE_CONTEXT)
    .problem;
}
