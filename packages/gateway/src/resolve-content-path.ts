import { type AbortOptions, type BlockSource, type CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { resolvePath } from "@ipfs-kit/unixfs";

import type { ContentPath } from "./content-path.ts";

/** Where a content path leads. */
export interface Target {
  cid: CID;
  /** What each name of the path led to, the root first: `X-Ipfs-Roots`. */
  roots: CID[];
  /** Every block that proves the path, without the target's own. */
  via: CID[];
  /** What is left of the path inside the data of the target. */
  remainder: string[];
}

/**
 * Follows a content path, one name at a time so that every folder on it is known. From a dag-cbor or
 * dag-json node on it is followed as a whole: there a name need not lead to a block.
 *
 * @throws as `resolvePath`
 */
export async function resolveContentPath(
  blocks: BlockSource,
  { root, names }: Pick<ContentPath, "root" | "names">,
  options: AbortOptions = {},
): Promise<Target> {
  const target: Target = { cid: root, roots: [root], via: [], remainder: [] };
  for (const [index, name] of names.entries()) {
    const isUnixFs = target.cid.code === DAG_PB || target.cid.code === RAW;
    const step = isUnixFs ? [name] : names.slice(index);
    const { cid, via, remainder } = await resolvePath(blocks, target.cid, step, options);
    target.via.push(...via);
    if (!isUnixFs) target.roots.push(...via.slice(1));
    if (!cid.equals(target.cid)) target.roots.push(cid);
    target.cid = cid;
    target.remainder = remainder;
    if (!isUnixFs) break;
  }
  return target;
}
