import type { AbortOptions, Block, CID } from "@ipfs-kit/core";

/** A CAR being read. */
export interface CarReader {
  roots: CID[];
  /** Each block once it is verified; identity CIDs are left out. */
  blocks: AsyncIterable<Block>;
}

/**
 * Reads a CAR, version 1 or 2, from a stream, one section at a time. Lengths are believed only up to
 * the limits: a header of 1 MiB, a section of 2 MiB and its CID.
 *
 * @throws IpfsKitError `invalid_request` for what is no CAR or is cut short, `too_large`;
 *   IntegrityError for a block that does not match its CID
 */
export async function readCar(
  _source: AsyncIterable<Uint8Array>,
  _options: AbortOptions = {},
): Promise<CarReader> {
  throw new Error("to be written");
}
