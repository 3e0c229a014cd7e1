import type { CID } from "@ipfs-kit/core";

import type { Answer } from "./answer.ts";
import { answerBytes, notModified } from "./answer-bytes.ts";
import type { ContentQuestion } from "./content-question.ts";
import { contentDisposition } from "./content-disposition.ts";
import { contentPathText, mountText } from "./content-path.ts";
import { PAGE_CACHE_CONTROL } from "./defaults.ts";

import { etagOf, matchesEtag } from "./etag.ts";
import { HttpError } from "./http-error.ts";
import { MEDIA_TYPES } from "./negotiate.ts";
import { nodePage, NODE_PAGE_VERSION } from "./node-page.ts";
import { PAGE_HEADERS } from "./page.ts";

type CodecFormat = "json" | "cbor" | "dag-json" | "dag-cbor";

/** Codecs of documents, by their multicodec. */
const CODECS: ReadonlyMap<number, CodecFormat> = new Map([
  [0x0200, "json"],
  [0x51, "cbor"],
  [0x0129, "dag-json"],
  [0x71, "dag-cbor"],
]);

/** Whether a CID names a JSON or CBOR document. */
export function isCodec({ code }: CID): boolean {
  return CODECS.has(code);
}

/**
 * A JSON or CBOR document as its block has it; to a person that of a DAG as a page. The plain form of
 * a dag- codec may be asked for, any other conversion is refused (IPIP-524).
 */
export function answerCodec(question: ContentQuestion): Answer {
  const { target, negotiated, block, url } = question;
  const { cid } = target;
  const codec = CODECS.get(cid.code) ?? "json";
  const { format = codec, html } = negotiated;
  const isDag = codec.startsWith("dag-");
  const isDownload = url.searchParams.get("download") === "true";
  if (negotiated.format === undefined && isDag && html && !isDownload) return answerPage(question);
  const fits = format === codec || `dag-${format}` === codec;
  if (!fits && negotiated.isStrict) {
    throw new HttpError(
      "not_supported",
      `${cid.toString()} is ${codec} and is not converted. Ask for the block with ?format=raw.`,
      { status: 406 },
    );
  }
  const form = fits ? format : codec;
  const extension = form.replace("dag-", "");
  const name = url.searchParams.get("filename") || `${cid.toString()}.${extension}`;
  const kind = extension === "json" && !isDownload ? "inline" : "attachment";
  return answerBytes(question, {
    cid,
    size: block.length,
    etag: etagOf(cid, form),
    headers: {
      "content-type": MEDIA_TYPES[form],
      "content-disposition": contentDisposition(kind, name),
    },
    read: (first, length) => block.subarray(first, first + length),
  });
}

function answerPage({ target, block, path, url, common, headers }: ContentQuestion): Answer {
  if (!path.endsWithSlash) {
    const location = `${mountText(path)}${contentPathText({ ...path, endsWithSlash: true })}`;
    return { status: 301, headers: { ...common, location: `${location}${url.search}` } };
  }
  const etag = `"DagIndex-${NODE_PAGE_VERSION}_CID-${target.cid.toString()}"`;
  if (matchesEtag(headers.get("if-none-match"), etag)) {
    return notModified({ common }, etag, PAGE_CACHE_CONTROL);
  }
  return {
    status: 200,
    headers: { ...common, etag, "cache-control": PAGE_CACHE_CONTROL, ...PAGE_HEADERS },
    body: nodePage({ cid: target.cid, block, path }),
  };
}
