import { type AbortOptions, type CID, errorCodeOf, type Pin } from "@ipfs-kit/core";
import { decodeNode } from "@ipfs-kit/unixfs";

import { ROOTS_AT_ONCE } from "./defaults.ts";
import type { KuboBlocks } from "./kubo-blocks.ts";
import type { KuboPin } from "./kubo-pins.ts";

/** Pins with the size their root states. Kubo knows neither it nor when something was pinned. */
export async function pinsWithSizes(
  blocks: Pick<KuboBlocks, "getLocal">,
  pins: readonly KuboPin[],
  { signal }: AbortOptions,
): Promise<Pin[]> {
  const found: Pin[] = [];
  for (let at = 0; at < pins.length; at += ROOTS_AT_ONCE) {
    const group = pins.slice(at, at + ROOTS_AT_ONCE);
    const sizes = await Promise.all(group.map(async ({ cid }) => sizeOf(blocks, cid, { signal })));
    for (const [index, pin] of group.entries()) found.push({ ...pin, size: sizes[index] });
  }
  return found;
}

/** Unknown when the root is damaged or gone, which must not keep the others from being listed. */
async function sizeOf(
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

const UNKNOWN: ReadonlySet<string> = new Set([
  "not_found",
  "integrity",
  "too_large",
  "invalid_cid",
]);
