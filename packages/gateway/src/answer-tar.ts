import { errorCodeOf } from "@ipfs-kit/core";

import type { Answer } from "./answer.ts";
import { notModified } from "./answer-bytes.ts";
import type { ContentQuestion } from "./content-question.ts";
import { contentDisposition } from "./content-disposition.ts";
import { IMMUTABLE, TAR_LOOK_AHEAD } from "./defaults.ts";
import { etagOf, matchesEtag } from "./etag.ts";
import { HttpError } from "./http-error.ts";
import { MEDIA_TYPES } from "./negotiate.ts";
import { tarTree } from "./tar-tree.ts";
import { type TarEntry, writeTar } from "./write-tar.ts";

/**
 * A UnixFS tree as a tar, under one entry named after its CID. The first entries are looked at before
 * anything is sent, so that a small tree that cannot become a tar is refused with a status.
 */
export function answerTar(question: ContentQuestion): Answer {
  const { target, url, headers, common, blocks, signal } = question;
  const { cid } = target;
  const etag = etagOf(cid, "x-tar", { weak: true });
  if (matchesEtag(headers.get("if-none-match"), etag)) return notModified({ common }, etag);
  const name = cid.toString();
  return {
    status: 200,
    headers: {
      ...common,
      etag,
      "cache-control": IMMUTABLE,
      "content-type": MEDIA_TYPES.tar,
      "content-disposition": contentDisposition(
        "attachment",
        url.searchParams.get("filename") || `${name}.tar`,
      ),
      "accept-ranges": "none",
    },
    body: question.keptWhileRead(cid, writeTar(lookAhead(tarTree(blocks, cid, { name, signal })))),
  };
}

/** The same entries; the first ones have been made before the first is given. */
async function* lookAhead(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry, void> {
  const source = entries[Symbol.asyncIterator]();
  try {
    const first: TarEntry[] = [];
    let item = await firstOf(source);
    while (item.done !== true && first.length < TAR_LOOK_AHEAD) {
      first.push(item.value);
      item = await source.next();
    }
    yield* first;
    for (; item.done !== true; item = await source.next()) yield item.value;
  } finally {
    await source.return?.();
  }
}

async function firstOf(source: AsyncIterator<TarEntry>): Promise<IteratorResult<TarEntry>> {
  try {
    return await source.next();
  } catch (error) {
    if (errorCodeOf(error) !== "not_a_file") throw error;
    throw new HttpError("not_a_file", "Only files and folders become a tar.", {
      status: 406,
      cause: error,
    });
  }
}
