import type { Answer } from "./answer.ts";
import { answerBytes } from "./answer-bytes.ts";
import type { ContentQuestion } from "./content-question.ts";
import { contentDisposition } from "./content-disposition.ts";
import { etagOf } from "./etag.ts";
import { MEDIA_TYPES } from "./negotiate.ts";

/** The block itself, for whoever verifies it (`?format=raw`). */
export function answerBlock(question: ContentQuestion): Answer {
  const { block, target, url } = question;
  const name = url.searchParams.get("filename") || `${target.cid.toString()}.bin`;
  return answerBytes(question, {
    cid: target.cid,
    size: block.length,
    etag: etagOf(target.cid, "raw"),
    headers: {
      "content-type": MEDIA_TYPES.raw,
      "content-disposition": contentDisposition("attachment", name),
    },
    read: (first, length) => block.subarray(first, first + length),
  });
}
