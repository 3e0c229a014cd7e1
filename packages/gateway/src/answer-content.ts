import { type CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { decodeNode } from "@ipfs-kit/unixfs";

import type { Answer } from "./answer.ts";
import { answerBlock } from "./answer-block.ts";
import { answerCar } from "./answer-car.ts";
import { answerCodec, isCodec } from "./answer-codec.ts";
import { answerDirectory } from "./answer-directory.ts";
import { answerFile, answerSymlink } from "./answer-file.ts";
import { answerTar } from "./answer-tar.ts";
import { type ContentPath, contentPathText, mountText, parseContentPath } from "./content-path.ts";
import type { ContentQuestion, ContentRequest } from "./content-question.ts";
import { HttpError } from "./http-error.ts";
import { type Negotiated, negotiate } from "./negotiate.ts";
import { resolveContentPath, type Target } from "./resolve-content-path.ts";

/**
 * Answers for content. What can be known to fail, fails here, before a status is sent.
 *
 * @throws IpfsKitError with whatever is wrong with the request or the content
 */
export async function answerContent(request: ContentRequest): Promise<Answer> {
  const { url, headers, blocks, signal } = request;
  const path = parseContentPath(url.pathname);
  refuseWideServiceWorker(path, headers);
  const negotiated = negotiate(url.searchParams.get("format"), headers.get("accept"));
  if (negotiated.format === "ipns-record") {
    throw new HttpError("invalid_request", "There are IPNS records only of names under /ipns/.");
  }
  const target = await resolveContentPath(blocks, path, { signal });
  const block = await blocks.get(target.cid);
  const common = {
    "x-ipfs-path": contentPathText(path),
    "x-ipfs-roots": target.roots.join(","),
    ...describeChoice(url, path, negotiated),
  };
  return answerFor({ ...request, path, negotiated, target, block, common });
}

async function answerFor(question: ContentQuestion): Promise<Answer> {
  const { negotiated, target } = question;
  if (negotiated.format === "car") return answerCar(question);
  if (target.remainder.length > 0) throw insideData(target);
  if (negotiated.format === "raw") return answerBlock(question);
  if (isCodec(target.cid)) return answerCodec(question);
  if (!isUnixFs(target.cid)) throw unknownCodec(target.cid);
  const { format } = negotiated;
  if (format === "dag-json" || format === "dag-cbor") throw noConversion(target.cid);
  if (format === "tar") return answerTar(question);
  const node = decodeNode(target.cid, question.block);
  if (node.type === "directory") return answerDirectory(question);
  if (node.type === "symlink") return answerSymlink(question, node.target);
  return answerFile(question, {
    cid: target.cid,
    size: node.size,
    name: question.path.names.at(-1),
  });
}

function isUnixFs({ code }: CID): boolean {
  return code === DAG_PB || code === RAW;
}

/** A service worker of `/ipfs/{cid}` would rule over every other root as well. */
function refuseWideServiceWorker(path: ContentPath, headers: Pick<Headers, "get">): void {
  if (headers.get("service-worker") !== "script") return;
  if (path.names.length > 0 || path.endsWithSlash) return;
  throw new HttpError(
    "invalid_request",
    "A service worker may be registered under /ipfs/{cid}/ only, with the slash.",
  );
}

/** How caches are told what the form of the answer came from. */
function describeChoice(
  url: URL,
  path: ContentPath,
  { format, byAccept, params }: Negotiated,
): Record<string, string> {
  if (format === undefined || !byAccept)
    return url.searchParams.has("format") ? {} : { vary: "accept" };
  const query = new URLSearchParams(url.searchParams);
  query.set("format", format);
  for (const [name, value] of params) {
    if (format === "car" && !query.has(`car-${name}`)) query.set(`car-${name}`, value);
  }
  return {
    vary: "accept",
    "content-location": `${mountText(path)}${contentPathText(path)}?${query.toString()}`,
  };
}

function insideData({ cid, remainder }: Target): HttpError {
  return new HttpError(
    "not_supported",
    `"${remainder.join("/")}" lies inside the data of ${cid.toString()}; only whole nodes can be read.`,
    { status: 501, details: { cid: cid.toString() } },
  );
}

function unknownCodec(cid: CID): HttpError {
  return new HttpError(
    "invalid_request",
    `Codec 0x${cid.code.toString(16)} is not known here. Ask for the block with ?format=raw.`,
  );
}

function noConversion(cid: CID): HttpError {
  return new HttpError(
    "not_supported",
    `${cid.toString()} has another codec and is not converted. Ask for the block with ?format=raw.`,
    { status: 406 },
  );
}
