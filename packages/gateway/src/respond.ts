import type { Answer } from "./answer.ts";

export const METHODS = "GET, HEAD, OPTIONS";

/** Content is public by its CID: any page may read it. The same headers as Kubo's gateway sends. */
const COMMON_HEADERS: readonly (readonly [string, string])[] = [
  ["access-control-allow-origin", "*"],
  ["access-control-allow-methods", METHODS],
  ["access-control-allow-headers", "Content-Type, Range, User-Agent, X-Requested-With"],
  [
    "access-control-expose-headers",
    "Content-Length, Content-Range, X-Chunked-Output, X-Ipfs-Path, X-Ipfs-Roots, X-Stream-Output",
  ],
  ["x-content-type-options", "nosniff"],
];

type SentBody = Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array> | null;

/** An answer as the response it becomes. */
export function respond({ status, headers, length, body }: Answer, sent: SentBody): Response {
  const all = new Headers(headers);
  for (const [name, value] of COMMON_HEADERS) all.set(name, value);
  const bytes = length ?? (isWhole(body) && body !== undefined ? byteLengthOf(body) : undefined);
  // Said of what HEAD leaves out as well.
  if (bytes !== undefined) all.set("content-length", String(bytes));
  return new Response(sent, { status, headers: all });
}

/** Whether there is nothing to wait for. */
export function isWhole(body: Answer["body"]): body is Uint8Array | string | undefined {
  return body === undefined || typeof body === "string" || body instanceof Uint8Array;
}

function byteLengthOf(body: Uint8Array | string): number {
  return typeof body === "string" ? new TextEncoder().encode(body).length : body.length;
}

/** In a form `Response` takes: not every view of bytes is. */
export function wholeBody(body: Answer["body"]): Uint8Array<ArrayBuffer> | string | null {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : null;
}
