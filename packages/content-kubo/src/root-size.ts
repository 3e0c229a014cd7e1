import { type AbortOptions, type CID, errorCodeOf } from "@ipfs-kit/core";
import { decodeNode } from "@ipfs-kit/unixfs";

import type { KuboBlocks } from "./kubo-blocks.ts";

/** The size a root states. Unknown when it is damaged or gone: its pin is there all the same. */
export async function rootSize(
  blocks: Pick<KuboBlocks, "getLocal">,
  cid: CID,
  options: AbortOptions,
): Promise<number | undefined> {
  let block: Uint8Array;
  try {
    block = await blocks.getLocal(cid, options);
  } catch (error) {
    if (UNKNOWN.has(errorCodeOf(error))) return undefined;
    throw error;
  }
  try {
    return decodeNode(cid, block).size;
  } catch {
    // Of what is not UnixFS, the bytes of its block.
    return block.length;
  }
}

const UNKNOWN: ReadonlySet<string> = new Set(["not_found", "integrity", "too_large"]);
