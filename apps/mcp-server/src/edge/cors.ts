import type { IncomingMessage, ServerResponse } from "node:http";

import type { EdgeHeaders } from "./edge-response.ts";

/** Answer headers a page of another origin may read. */
const READABLE = "X-Request-Id, Retry-After, WWW-Authenticate";
const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const ALLOWED_HEADERS = "Content-Type, Authorization, Range, If-Match, If-None-Match";
/** Seconds a browser may keep the answer to a preflight; Chromium stops at two hours. */
const PREFLIGHT_SECONDS = "600";

/**
 * What lets a page of that origin read the answer. It does not let it send cookies: credentials are
 * never shared across origins, a page that signs in sends a token.
 */
export function corsHeaders(origin: string): EdgeHeaders {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": READABLE,
    "cross-origin-resource-policy": "cross-origin",
  };
}

/** Whether a browser asks for leave to send the real request. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

export function answerPreflight(outgoing: ServerResponse): void {
  outgoing.writeHead(204, {
    "access-control-allow-methods": ALLOWED_METHODS,
    "access-control-allow-headers": ALLOWED_HEADERS,
    "access-control-max-age": PREFLIGHT_SECONDS,
  });
  outgoing.end();
}
