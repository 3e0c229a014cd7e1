import { setImmediate } from "node:timers/promises";

import { type AbortOptions, type Block, CID, IpfsKitError } from "@ipfs-kit/core";

import { BLOCKS_PER_TURN, MAX_BLOCK_BYTES, MAX_CID_BYTES } from "../defaults.ts";
import { ownCid } from "../dag-pb-node.ts";
import { isIdentity } from "../get-block.ts";
import { badCar } from "./bad-car.ts";
import { ByteReader } from "./byte-reader.ts";
import { checkBlock } from "./check-block.ts";
import { readHeader } from "./read-header.ts";

/** A CAR being read. */
export interface CarReader {
  /** As the header has them: perhaps none, perhaps one twice, perhaps not in the archive. */
  roots: CID[];
  /**
   * Each block once it is verified, as it is pulled; the bytes are the consumer's. Sections under an
   * identity CID are checked and left out. Can be gone through once; leaving it early ends the source.
   */
  blocks: AsyncIterable<Block>;
}

/**
 * Reads a CAR, version 1 or 2, from a stream, one section at a time. Lengths are believed only up to
 * the limits: a header of 1 MiB, a section of 2 MiB and its CID.
 *
 * @throws IpfsKitError `invalid_request` for what is no CAR or is cut short, `too_large`,
 *   `invalid_cid` for a hash that cannot be checked here; IntegrityError for a block that does not
 *   match its CID
 */
export async function readCar(
  source: AsyncIterable<Uint8Array>,
  { signal }: AbortOptions = {},
): Promise<CarReader> {
  const reader = new ByteReader(source, { signal });
  try {
    return { roots: await readHeader(reader), blocks: readSections(reader) };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function* readSections(reader: ByteReader): AsyncGenerator<Block, void> {
  try {
    for (let count = 1; !(await reader.isAtEnd()); count += 1) {
      const block = await readSection(reader);
      await checkBlock(block.cid, block.bytes);
      if (!isIdentity(block.cid)) yield block;
      if (count % BLOCKS_PER_TURN === 0) await setImmediate();
    }
  } finally {
    await reader.close();
  }
}

async function readSection(reader: ByteReader): Promise<Block> {
  const length = await reader.varint(MAX_CID_BYTES + MAX_BLOCK_BYTES, "A section");
  const section = await reader.exactly(length);
  const [cid, bytes] = split(section);
  if (bytes.length > MAX_BLOCK_BYTES) {
    throw new IpfsKitError("too_large", `A block has at most ${MAX_BLOCK_BYTES} bytes.`);
  }
  return { cid, bytes };
}

function split(section: Uint8Array): [cid: CID, bytes: Uint8Array] {
  let cid: CID;
  let bytes: Uint8Array;
  try {
    [cid, bytes] = CID.decodeFirst(section);
  } catch (error) {
    throw badCar("a section does not begin with a CID", error);
  }
  if (cid.bytes.length > MAX_CID_BYTES) {
    throw new IpfsKitError("invalid_cid", `A CID has at most ${MAX_CID_BYTES} bytes.`);
  }
  if (cid.bytes.length + bytes.length !== section.length) {
    throw badCar("a CID in it is not written in its shortest form");
  }
  return [ownCid(cid.bytes), bytes];
}
