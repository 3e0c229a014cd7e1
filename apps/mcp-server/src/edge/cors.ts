import type { IncomingMessage, ServerResponse } from "node:http";

/** Answer headers a page of another origin may read. */
const READABLE = "X-Request-Id, Retry-After";
const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const ALLOWED_HEADERS = "Content-Type, Authorization, Range, If-Match, If-None-Match";
/** Seconds a browser may keep the answer to a preflight; Chromium stops at two hours. */
const PREFLIGHT_SECONDS = "600";

/** Lets a page of that origin read the answer. Credentials are never shared across origins. */
export function allowOrigin(outgoing: ServerResponse, origin: string): void {
  outgoing.setHeader("access-control-allow-origin", origin);
  outgoing.setHeader("access-control-expose-headers", READABLE);
  outgoing.setHeader("cross-origin-resource-policy", "cross-origin");
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
