import type { CID } from "@ipfs-kit/core";

import type { Answer } from "./answer.ts";
import type { ContentQuestion } from "./content-question.ts";
import { IMMUTABLE } from "./defaults.ts";
import { allowsRange, matchesEtag } from "./etag.ts";
import { parseRange } from "./range.ts";

/** A row of bytes of which parts can be asked for: a file, a block. */
export interface Bytes {
  cid: CID;
  size: number;
  etag: string;
  headers: Record<string, string>;
  /** The bytes from `first` on, `length` of them. */
  read: (first: number, length: number) => NonNullable<Answer["body"]>;
}

/** Answers with bytes or a part of them, or says that the client has them already. */
export function answerBytes(
  { headers, method, common }: Pick<ContentQuestion, "headers" | "method" | "common">,
  { size, etag, headers: own, read }: Bytes,
): Answer {
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
  const range = isPartial ? parseRange(headers.get("range"), size) : undefined;
  if (range === undefined) return { status: 200, headers: all, length: size, body: read(0, size) };
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
