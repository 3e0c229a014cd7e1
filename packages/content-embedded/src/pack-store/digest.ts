import { hash } from "node:crypto";

import { CID, errorCodeOf, RAW, verifyBlock } from "@ipfs-kit/core";

const SHA2_256 = 0x12;
const DIGEST_BYTES = 32;

/** Whether a multihash is one that {@link isSha256Of} can check. */
export function isSha256(multihash: Uint8Array): boolean {
  return multihash[0] === SHA2_256 && multihash[1] === DIGEST_BYTES;
}

export function isSha256Of(multihash: Uint8Array, bytes: Uint8Array): boolean {
  return hash("sha256", bytes, "buffer").equals(multihash.subarray(2));
}

/** Whether these are the bytes a multihash names, whatever its hash function. */
export async function isDigestOf(multihash: Uint8Array, bytes: Uint8Array): Promise<boolean> {
  if (isSha256(multihash)) return isSha256Of(multihash, bytes);
  try {
    await verifyBlock(CID.decode(Uint8Array.of(1, RAW, ...multihash)), bytes);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === "integrity") return false;
    throw error;
  }
}
