import {
  type AbortOptions,
  type BlockSource,
  type CID,
  DAG_PB,
  errorCodeOf,
  IpfsKitError,
  NotFoundError,
} from "@ipfs-kit/core";

import { decodeDagPb } from "./dag-pb-node.ts";
import { followData } from "./data-path.ts";
import { MAX_DEPTH } from "./defaults.ts";
import { findInFolder } from "./directory.ts";
import { getBlock } from "./get-block.ts";
import { mayHaveLinks, tokensOf } from "./links-of.ts";
import { decodeNode, type UnixfsNode } from "./node.ts";
import { shown } from "./node-errors.ts";

export interface ResolvedPath {
  /** What the path leads to. */
  cid: CID;
  /** The blocks gone through before `cid`, root first, shards and identity CIDs included: what proves the path. */
  via: CID[];
  /** Names that lead on inside the block, into the data of dag-cbor or dag-json. */
  remainder: string[];
}

/** Where some of the names led. */
interface Leap {
  cid: CID;
  /** Shards it was found through. */
  shards: CID[];
  /** How many names it took. */
  names: number;
}

/**
 * Follows a path of names from a root: through folders, plain and sharded, through the maps and lists
 * of dag-cbor and dag-json, and by the names of links where a dag-pb block is no UnixFS. Symbolic links
 * are not followed. The block the path leads to is not read, unless to look into its data.
 *
 * @param path decoded names, at most 512; empty means the root itself
 * @throws NotFoundError with `details.name` when a name is not there, without when a block is not;
 *   IntegrityError; IpfsKitError `invalid_request` for a path that is too long, `not_supported` for one
 *   into a block of another codec
 */
export async function resolvePath(
  blocks: BlockSource,
  root: CID,
  path: readonly string[],
  { signal }: AbortOptions = {},
): Promise<ResolvedPath> {
  if (path.length > MAX_DEPTH) {
    throw new IpfsKitError("invalid_request", `A path has at most ${MAX_DEPTH} names.`);
  }
  const via: CID[] = [];
  let cid = root;
  let rest = [...path];
  while (rest.length > 0) {
    const block = await getBlock(blocks, cid, { root, signal });
    const leap = await leapFrom(blocks, { cid, block }, rest, { signal });
    if (leap === undefined) break;
    via.push(cid, ...leap.shards);
    ({ cid } = leap);
    rest = rest.slice(leap.names);
  }
  return { cid, via, remainder: rest };
}

/** @returns `undefined` when all names lead into the data of the block */
async function leapFrom(
  blocks: BlockSource,
  { cid, block }: { cid: CID; block: Uint8Array },
  names: readonly string[],
  options: AbortOptions,
): Promise<Leap | undefined> {
  const [name = ""] = names;
  if (!mayHaveLinks(cid)) throw noSuchName(cid, name);
  if (cid.code !== DAG_PB) {
    const path = followData(tokensOf(cid, block), names);
    if (path.end === "missing") throw noSuchName(cid, path.name);
    return path.end === "inside" ? undefined : { ...path, shards: [] };
  }
  const node = unixfsIn(cid, block);
  if (node === undefined) {
    const link = decodeDagPb(cid, block).links.find((candidate) => candidate.name === name);
    if (link === undefined) throw noSuchName(cid, name);
    return { cid: link.cid, shards: [], names: 1 };
  }
  if (node.type !== "directory") throw noSuchName(cid, name);
  const found = await findInFolder(blocks, { cid, folder: node }, name, options);
  if (found === undefined) throw noSuchName(cid, name);
  return { cid: found.cid, shards: found.shards, names: 1 };
}

function unixfsIn(cid: CID, block: Uint8Array): UnixfsNode | undefined {
  try {
    return decodeNode(cid, block);
  } catch (error) {
    if (errorCodeOf(error) === "not_a_file") return undefined;
    throw error;
  }
}

function noSuchName(cid: CID, name: string): NotFoundError {
  const short = name.length > 256 ? `${name.slice(0, 256)}…` : name;
  return new NotFoundError(`There is no ${JSON.stringify(short)} in ${shown(cid)}.`, {
    details: { cid: shown(cid), name: short },
  });
}
