import { type AbortOptions, type BlockSource, type CID, type ContentInfo } from "@ipfs-kit/core";

import { getBlock } from "./get-block.ts";
import { decodeNode } from "./node.ts";

/** What a CID names, from its root block alone. @throws as `decodeNode` */
export async function statNode(
  blocks: BlockSource,
  cid: CID,
  options: AbortOptions = {},
): Promise<ContentInfo> {
  const { type, size } = decodeNode(cid, await getBlock(blocks, cid, options));
  return { cid, type, size };
}
