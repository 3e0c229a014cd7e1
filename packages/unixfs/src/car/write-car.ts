import type { Block, CID } from "@ipfs-kit/core";

/** Blocks as a CAR, version 1: header and one section a block, as they are pulled. */
export async function* writeCar(
  _roots: readonly CID[],
  _blocks: AsyncIterable<Block>,
): AsyncGenerator<Uint8Array, void> {
  throw new Error("to be written");
}
