import type { FileHandle } from "node:fs/promises";

import { MAX_BLOCK_BYTES } from "../defaults.ts";
import { readAt } from "./file-io.ts";
import type { PlacedBlock } from "./pack-index.ts";

/** Bytes read at a time, what lies between blocks included. */
const RUN_BYTES = 4 * 1024 * 1024;

/** A block with its bytes; without them where the pack ends before it does. */
export interface ReadBlock extends PlacedBlock {
  bytes?: Uint8Array;
}

/** How many of the blocks, which are in the order of their places, stand close enough for one read. */
export function runLength(blocks: readonly PlacedBlock[]): number {
  const start = blocks[0]?.offset ?? 0;
  const end = blocks.findIndex(({ offset, length }) => offset + length > start + RUN_BYTES);
  return end < 0 ? blocks.length : Math.max(end, 1);
}

/** Reads blocks of one pack that stand close to each other in one go. */
export async function readRun(
  file: FileHandle,
  blocks: readonly PlacedBlock[],
): Promise<ReadBlock[]> {
  const start = blocks[0]?.offset ?? 0;
  const last = blocks.at(-1);
  // An absurd length in the index must not become an absurd buffer.
  const end = last === undefined ? start : last.offset + Math.min(last.length, MAX_BLOCK_BYTES);
  const run = await readAt(file, start, end - start);
  return blocks.map((block) => {
    const bytes = run.subarray(block.offset - start, block.offset - start + block.length);
    return bytes.length === block.length ? { ...block, bytes } : block;
  });
}
