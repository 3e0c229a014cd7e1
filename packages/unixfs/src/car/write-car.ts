import { encode } from "@ipld/dag-cbor";
import type { Block, CID } from "@ipfs-kit/core";
import { varint } from "multiformats";

import { CAR_PIECE_BYTES } from "../defaults.ts";

/**
 * Blocks as a CAR, version 1: the header at once, then one section a block, as they are pulled. Small
 * sections come several to a piece of 64 KiB at most, large blocks as a piece of their own, uncopied.
 * Nobody checks here that the blocks match their CIDs, or that the roots are among them.
 */
export async function* writeCar(
  roots: readonly CID[],
  blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array, void> {
  const header = encode({ version: 1, roots: [...roots] });
  yield Buffer.concat([lengthPrefix(header.length), header]);
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const block of blocks) {
    const section = sectionOf(block);
    const length = section.reduce((sum, part) => sum + part.length, 0);
    if (bytes + length > CAR_PIECE_BYTES && bytes > 0) {
      yield Buffer.concat(gathered, bytes);
      gathered = [];
      bytes = 0;
    }
    if (length > CAR_PIECE_BYTES) {
      const [prefix, content] = section;
      yield prefix;
      yield content;
      continue;
    }
    gathered.push(...section);
    bytes += length;
  }
  if (bytes > 0) yield Buffer.concat(gathered, bytes);
}

function sectionOf({ cid, bytes }: Block): [prefix: Uint8Array, content: Uint8Array] {
  const length = lengthPrefix(cid.bytes.length + bytes.length);
  return [Buffer.concat([length, cid.bytes]), bytes];
}

function lengthPrefix(length: number): Uint8Array {
  return varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));
}
