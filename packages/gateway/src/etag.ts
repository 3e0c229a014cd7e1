import type { CID } from "@ipfs-kit/core";

import { HttpError } from "./http-error.ts";

/** The tag of what a CID names in a form, e.g. `"bafy….raw"`; without one, of the content itself. */
export function etagOf(cid: CID, form = "", { weak = false }: { weak?: boolean } = {}): string {
  return `${weak ? "W/" : ""}"${cid.toString()}${form === "" ? "" : `.${form}`}"`;
}

/** Whether `If-None-Match` has the tag: compared weakly (RFC 9110 §13.1.2); `*` is any. */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  if (header.trim() === "*") return true;
  const wanted = opaque(etag);
  return Array.from(header.matchAll(/(?:W\/)?"[^"]*"/g)).some(([tag]) => opaque(tag) === wanted);
}

/**
 * Holds a client to the content it means: compared strongly (RFC 9110 §13.1.1); `*` is any.
 *
 * @throws HttpError 412 when `If-Match` names other tags only
 */
export function assertIfMatch(header: string | null, etag: string): void {
  if (header === null || header.trim() === "*") return;
  if (Array.from(header.matchAll(/(?:W\/)?"[^"]*"/g)).some(([tag]) => tag === etag)) return;
  throw new HttpError("invalid_request", "The content has none of the tags that If-Match names.", {
    status: 412,
  });
}

/** Whether `If-Range` allows a part to be sent: compared strongly; dates never do, we have none. */
export function allowsRange(ifRange: string | null, etag: string): boolean {
  return ifRange === null || (!etag.startsWith("W/") && ifRange.trim() === etag);
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, "");
}
