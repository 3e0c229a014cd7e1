import type { AppContext } from "../app-env.ts";
import type { StaticFile } from "../static-files.ts";

/** Answers with a file, or with 304 when the browser has it already. */
export function sendFile(
  c: AppContext,
  { body, mediaType, etag }: StaticFile,
  headers: Readonly<Record<string, string>>,
): Response {
  const all = { ...headers, etag };
  if (isCurrent(c.req.header("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers: all });
  }
  return new Response(body, {
    headers: { ...all, "content-type": mediaType, "content-length": String(body.byteLength) },
  });
}

function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return known.includes(etag) || known.includes("*");
}
