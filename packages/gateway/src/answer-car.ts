import type { Block, BlockSource, CID } from "@ipfs-kit/core";
import { walkDag, writeCar } from "@ipfs-kit/unixfs";
import { sha256 } from "multiformats/hashes/sha2";
import { base32 } from "multiformats/bases/base32";

import type { Answer } from "./answer.ts";
import { notModified } from "./answer-bytes.ts";
import type { ContentQuestion } from "./content-question.ts";
import { type CarSettings, carSettings } from "./car-settings.ts";
import { contentDisposition } from "./content-disposition.ts";
import { IMMUTABLE } from "./defaults.ts";
import { matchesEtag } from "./etag.ts";
import { MEDIA_TYPES } from "./negotiate.ts";
import type { Target } from "./resolve-content-path.ts";

const IDENTITY = 0x00;

/** The blocks that prove the path, then those of what it leads to, for whoever verifies them. */
export async function answerCar(question: ContentQuestion): Promise<Answer> {
  const { url, path, target, common, headers, negotiated, blocks, signal } = question;
  const settings = carSettings(negotiated.params, url.searchParams);
  const etag = await carEtag(question, settings);
  if (matchesEtag(headers.get("if-none-match"), etag)) return notModified({ common }, etag);
  const lastName = path.names.at(-1);
  const ownName = `${path.root.toString()}${lastName === undefined ? "" : `_${lastName}`}.car`;
  return {
    status: 200,
    headers: {
      ...common,
      etag,
      "cache-control": IMMUTABLE,
      "content-type": `${MEDIA_TYPES.car}; version=1; order=dfs; dups=${settings.duplicates ? "y" : "n"}`,
      "content-disposition": contentDisposition(
        "attachment",
        url.searchParams.get("filename") || ownName,
      ),
      // Parts are asked for with entity-bytes.
      "accept-ranges": "none",
    },
    body: question.keptWhileRead(
      path.root,
      writeCar([target.cid], blocksOf(blocks, target, { ...settings, signal })),
    ),
  };
}

async function* blocksOf(
  blocks: BlockSource,
  { cid, via, remainder }: Target,
  { scope, entityBytes, duplicates, signal }: CarSettings & { signal: AbortSignal },
): AsyncGenerator<Block, void> {
  for (const step of via.filter(isReal)) {
    yield { cid: step, bytes: await blocks.get(step, { signal }) };
  }
  yield* walkDag(blocks, cid, {
    // What lies inside the data of a node is proven by the node.
    scope: remainder.length > 0 ? "block" : scope,
    entityBytes,
    duplicates,
    signal,
  });
}

/** An identity CID is its own block and never goes into a CAR. */
function isReal({ multihash }: CID): boolean {
  return multihash.code !== IDENTITY;
}

/** Weak: the same blocks in the same order may still be framed otherwise by a later version. */
async function carEtag({ path }: ContentQuestion, settings: CarSettings): Promise<string> {
  const { scope, entityBytes, duplicates } = settings;
  const facts = JSON.stringify([path.names, scope, entityBytes ?? null, duplicates]);
  const { digest } = await sha256.digest(new TextEncoder().encode(facts));
  return `W/"${path.root.toString()}.car.${base32.baseEncode(digest.subarray(0, 10))}"`;
}
