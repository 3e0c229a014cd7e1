import { hash } from "node:crypto";

import { type CID, IntegrityError, IpfsKitError, verifyBlock } from "@ipfs-kit/core";

import { MAX_IDENTITY_BYTES } from "../defaults.ts";
import { isIdentity } from "../get-block.ts";

const SHA2_256 = 0x12;

/**
 * Checks a block against its CID, in one go for the usual hash: that is twice as fast for small ones.
 *
 * @throws IntegrityError when they differ; IpfsKitError `invalid_cid` for a hash not known here, or
 *   an identity CID that is too long
 */
export async function checkBlock(cid: CID, bytes: Uint8Array): Promise<void> {
  const { code, digest } = cid.multihash;
  if (isIdentity(cid) && digest.length > MAX_IDENTITY_BYTES) {
    const limit = `An identity CID holds at most ${MAX_IDENTITY_BYTES} bytes.`;
    throw new IpfsKitError("invalid_cid", limit);
  }
  if (code !== SHA2_256) return verifyBlock(cid, bytes);
  if (hash("sha256", bytes, "buffer").equals(digest)) return;
  throw new IntegrityError(`The bytes of block ${cid.toString()} do not match its CID.`, {
    details: { cid: cid.toString() },
  });
}
