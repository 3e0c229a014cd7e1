import { hash } from "node:crypto";

import { CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { decode } from "multiformats/hashes/digest";

const SHA2_256 = 0x12;
const SHA2_256_BYTES = 32;

/** Takes in the blocks of an import. Resolving means that there is room for more, not durability. */
export interface BlockSink {
  put(cid: CID, bytes: Uint8Array): Promise<void>;

  /**
   * Memory for one large leaf, which comes back with {@link put}, or a part from its beginning does,
   * or is forgotten. Nobody looks at it after it was put: it may be given out again once it is stored.
   * @default new memory each time, never used again
   */
  leafMemory?(bytes: number): Uint8Array;
}

/** Keeps nothing: for an import that shall only name the CIDs. */
export const discardingSink: BlockSink = { put: async () => {} };

/** Plain bytes, always under a CID of version 1. */
export async function putRaw(sink: BlockSink, bytes: Uint8Array): Promise<CID> {
  const cid = CID.createV1(RAW, digestOf(bytes));
  await sink.put(cid, bytes);
  return cid;
}

export async function putDagPb(
  sink: BlockSink,
  cidVersion: 0 | 1,
  bytes: Uint8Array,
): Promise<CID> {
  const cid = CID.create(cidVersion, DAG_PB, digestOf(bytes));
  await sink.put(cid, bytes);
  return cid;
}

/** The one-shot hash is twice as fast as a hash object for the small blocks of folders. */
function digestOf(bytes: Uint8Array) {
  const multihash = new Uint8Array(2 + SHA2_256_BYTES);
  multihash.set([SHA2_256, SHA2_256_BYTES]);
  multihash.set(hash("sha256", bytes, "buffer"), 2);
  return decode(multihash);
}
