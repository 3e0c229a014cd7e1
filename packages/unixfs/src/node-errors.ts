import { type CID, IpfsKitError, MalformedContentError } from "@ipfs-kit/core";

/** The CID names something else than what is asked of it. */
export function notAFile(cid: CID, why: string, cause?: unknown): IpfsKitError {
  return new IpfsKitError("not_a_file", `${shown(cid)} is not a file: ${why}.`, {
    cause,
    details: { cid: shown(cid) },
  });
}

/** A block that matches its CID, and yet cannot be what it says it is. */
export function malformed(cid: CID, why: string, cause?: unknown): MalformedContentError {
  return new MalformedContentError(`${shown(cid)} is not usable: ${why}.`, {
    cause,
    details: { cid: shown(cid) },
  });
}

/** An identity CID holds what its maker likes, a megabyte for one: that is no text for a message. */
export function shown(cid: CID): string {
  const LONGEST = 256;
  return cid.bytes.length > LONGEST ? `A CID of ${cid.bytes.length} bytes` : cid.toString();
}
