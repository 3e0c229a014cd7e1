import type { CID } from "@ipfs-kit/core";

import type { Answer } from "./answer.ts";
import type { ContentQuestion } from "./content-question.ts";
import { IMMUTABLE } from "./defaults.ts";
import { allowsRange, assertIfMatch, matchesEtag } from "./etag.ts";
import { multipartRanges, type ReadBytes } from "./multipart-ranges.ts";
import { parseRanges } from "./range.ts";

/** A row of bytes of which parts can be asked for: a file, a block. */
export interface Bytes {
  cid: CID;
  size: number;
  etag: string;
  headers: Record<string, string>;
  read: ReadBytes;
}

/** Answers with bytes or parts of them, or says that the client has them already. */
export function answerBytes(
  {
    headers,
    method,
    common,
    keptWhileRead,
  }: Pick<ContentQuestion, "headers" | "method" | "common" | "keptWhileRead">,
  { cid, size, etag, headers: own, read }: Bytes,
): Answer {
  assertIfMatch(headers.get("if-match"), etag);
  if (matchesEtag(headers.get("if-none-match"), etag)) return notModified({ common }, etag);
  const all = {
    ...common,
    etag,
    "cache-control": IMMUTABLE,
    ...own,
    "accept-ranges": "bytes",
  };
  // A range means something with GET only (RFC 9110 §14.2).
  const isPartial = method === "GET" && allowsRange(headers.get("if-range"), etag);
  const ranges = isPartial ? parseRanges(headers.get("range"), size) : undefined;
  const [range, ...more] = ranges ?? [];
  if (ranges === undefined || range === undefined) {
    return { status: 200, headers: all, length: size, body: read(0, size) };
  }
  if (more.length > 0) {
    const { type, length, body } = multipartRanges({
      ranges,
      size,
      type: own["content-type"],
      read,
    });
    const partial = { ...all, "content-type": type };
    return { status: 206, headers: partial, length, body: keptWhileRead(cid, body) };
  }
  const length = range.last - range.first + 1;
  return {
    status: 206,
    headers: { ...all, "content-range": `bytes ${range.first}-${range.last}/${size}` },
    length,
    body: read(range.first, length),
  };
}

/** Says that the client has it already, and for how long that is so. */
export function notModified(
  { common }: Pick<ContentQuestion, "common">,
  etag: string,
  cacheControl = IMMUTABLE,
): Answer {
  return { status: 304, headers: { ...common, etag, "cache-control": cacheControl } };
}
