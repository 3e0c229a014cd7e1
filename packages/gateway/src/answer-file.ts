import type { CID } from "@ipfs-kit/core";

import type { Answer } from "./answer.ts";
import { answerBytes, notModified } from "./answer-bytes.ts";
import type { ContentQuestion } from "./content-question.ts";
import { contentDisposition } from "./content-disposition.ts";
import { etagOf, matchesEtag } from "./etag.ts";
import { HttpError } from "./http-error.ts";
import { MEDIA_TYPES } from "./negotiate.ts";

export interface ServedFile {
  cid: CID;
  size: number;
  /** As the path says; the client may give another with `?filename=`. */
  name: string | undefined;
  /** Whose tag it is sent with: that of the folder, for its `index.html`. @default its own */
  tagged?: CID;
}

/** A file, or a part of it. */
export async function answerFile(question: ContentQuestion, file: ServedFile): Promise<Answer> {
  const { url, headers, blocks, signal, types, negotiated } = question;
  const { cid, size, tagged = cid } = file;
  const givenName = url.searchParams.get("filename") || undefined;
  const name = givenName ?? file.name;
  const { format } = negotiated;
  const etag = etagOf(tagged);
  if (format === undefined && matchesEtag(headers.get("if-none-match"), etag)) {
    return notModified(question, etag);
  }
  const type = await types.find(blocks, { cid, size, name, signal });
  if (format !== undefined && negotiated.isStrict && type !== MEDIA_TYPES[format]) {
    throw new HttpError("not_supported", `The file is ${type}, and not ${MEDIA_TYPES[format]}.`, {
      status: 406,
    });
  }
  return answerBytes(question, {
    cid,
    size,
    etag,
    headers: { "content-type": type, ...dispositionOf(url.searchParams, name) },
    read: (offset, length) => question.readFile(cid, { offset, length, signal }),
  });
}

/** Where a link points, as text: it is not followed, as by Kubo's gateway. */
export function answerSymlink(question: ContentQuestion, target: string): Answer {
  const { cid } = question.target;
  const text = new TextEncoder().encode(target);
  return answerBytes(question, {
    cid,
    size: text.length,
    etag: etagOf(cid),
    headers: { "content-type": "inode/symlink" },
    read: (first, length) => text.subarray(first, first + length),
  });
}

function dispositionOf(query: URLSearchParams, name: string | undefined): Record<string, string> {
  const isDownload = query.get("download") === "true";
  if (!isDownload && !query.get("filename")) return {};
  const kind = isDownload ? "attachment" : "inline";
  return { "content-disposition": name === undefined ? kind : contentDisposition(kind, name) };
}
