import { findEntry, listDirectory, statNode } from "@ipfs-kit/unixfs";

import type { Answer } from "./answer.ts";
import { notModified } from "./answer-bytes.ts";
import type { ContentQuestion } from "./content-question.ts";
import { answerFile } from "./answer-file.ts";
import { contentPathText, mountText } from "./content-path.ts";
import { PAGE_CACHE_CONTROL } from "./defaults.ts";
import { DIRECTORY_PAGE_VERSION, directoryPage } from "./directory-page.ts";
import { etagOf, matchesEtag } from "./etag.ts";
import { HttpError } from "./http-error.ts";
import { MEDIA_TYPES } from "./negotiate.ts";
import { PAGE_HEADERS } from "./page.ts";

const INDEX = "index.html";

/**
 * A folder: its `index.html` where it has one, else a page that lists it. Without a slash at the end
 * the client is sent to the address with one, or links within pages would lead astray.
 */
export async function answerDirectory(question: ContentQuestion): Promise<Answer> {
  const { path, target, url, headers, blocks, signal, common, negotiated } = question;
  const { cid } = target;
  const etag = `"DirIndex-${DIRECTORY_PAGE_VERSION}_CID-${cid.toString()}"`;
  const known = headers.get("if-none-match");
  if (known !== null && known.trim() !== "*") {
    if (matchesEtag(known, etag)) return notModified({ common }, etag, PAGE_CACHE_CONTROL);
    if (matchesEtag(known, etagOf(cid))) return notModified({ common }, etagOf(cid));
  }
  if (!path.endsWithSlash) {
    const location = `${mountText(path)}${contentPathText({ ...path, endsWithSlash: true })}`;
    return { status: 301, headers: { ...common, location: `${location}${url.search}` } };
  }
  const index = await findEntry(blocks, cid, INDEX, { signal });
  if (index !== undefined) {
    const { cid: file } = index;
    const { type, size } = await statNode(blocks, file, { signal });
    if (type !== "file") throw new HttpError("not_a_file", `${INDEX} is there, but no file.`);
    return answerFile(question, { cid: file, size, name: INDEX, tagged: cid });
  }
  if (negotiated.format !== undefined && negotiated.isStrict) {
    throw new HttpError(
      "not_supported",
      `A folder is not to be had as ${MEDIA_TYPES[negotiated.format]}.`,
      { status: 406 },
    );
  }
  if (matchesEtag(known, etag)) return notModified({ common }, etag, PAGE_CACHE_CONTROL);
  return {
    status: 200,
    headers: { ...common, etag, "cache-control": PAGE_CACHE_CONTROL, ...PAGE_HEADERS },
    body: directoryPage({
      mount: mountText(path),
      path,
      entries: listDirectory(blocks, cid, { signal }),
      maxEntries: question.maxListedEntries,
    }),
  };
}
