import { type AbortOptions, type BlockSource, type CID, type ContentInfo } from "@ipfs-kit/core";

import { decodeNode } from "./node.ts";

/** What a CID names, from its root block alone. @throws as `decodeNode` */
export async function statNode(
  blocks: BlockSource,
  cid: CID,
  options: AbortOptions = {},
): Promise<ContentInfo> {
  const { type, size } = decodeNode(cid, await blocks.get(cid, options));
  return { cid, type, size };
}
