import { base16, base16upper } from "multiformats/bases/base16";
import { base32upper } from "multiformats/bases/base32";
import { base64, base64url } from "multiformats/bases/base64";
import * as raw from "multiformats/codecs/raw";
import { CID } from "multiformats/cid";
import type { MultihashHasher } from "multiformats/hashes/interface";
import { identity } from "multiformats/hashes/identity";
import { sha256, sha512 } from "multiformats/hashes/sha2";

import { IntegrityError, IpfsKitError } from "./errors.ts";

export { CID } from "multiformats/cid";

/** Multicodec of dag-pb, the codec of UnixFS files larger than one block and of folders. */
export const DAG_PB = 0x70;
/** Multicodec of plain bytes. */
export const RAW = raw.code;

/** Longest CID text taken from outside; a CIDv1 with sha2-512 in base32 has 110 characters. */
const MAX_CID_TEXT = 256;
/** An identity CID carries its content; more than this belongs in a block (boxo's limit too). */
const MAX_IDENTITY_BYTES = 128;

const HASHERS: ReadonlyMap<number, MultihashHasher> = new Map<number, MultihashHasher>([
  [sha256.code, sha256],
  [sha512.code, sha512],
  [identity.code, identity],
]);

/** Spellings other tools write, beside the ones `CID.parse` knows (base32, base36, base58btc). */
const FURTHER_BASES: ReadonlyMap<string, { decode(text: string): Uint8Array }> = new Map(
  [base16, base16upper, base32upper, base64, base64url].map((base) => [base.prefix, base]),
);

/**
 * Reads a CID from outside: plain, or written as `ipfs://…` or `/ipfs/…`.
 *
 * @throws IpfsKitError `invalid_cid` when it is no CID, or one whose hash cannot be verified here.
 */
export function parseCid(text: string): CID {
  const bare = text.replace(/^(?:ipfs:\/\/|\/ipfs\/)/, "");
  if (bare.length > MAX_CID_TEXT) throw invalidCid(text, "it is too long");
  let cid: CID;
  try {
    const further = FURTHER_BASES.get(bare.charAt(0));
    cid = further === undefined ? CID.parse(bare) : CID.decode(further.decode(bare));
  } catch (error) {
    throw invalidCid(text, "it cannot be decoded", error);
  }
  const { code, digest } = cid.multihash;
  if (!HASHERS.has(code)) throw invalidCid(text, `hash 0x${code.toString(16)} is not supported`);
  if (code === identity.code && digest.length > MAX_IDENTITY_BYTES) {
    throw invalidCid(text, `an identity CID holds at most ${MAX_IDENTITY_BYTES} bytes`);
  }
  return cid;
}

/**
 * Checks a block against the hash in its CID.
 *
 * @throws IntegrityError when they differ.
 */
export async function verifyBlock(cid: CID, bytes: Uint8Array): Promise<void> {
  const hasher = HASHERS.get(cid.multihash.code);
  if (hasher === undefined) {
    throw invalidCid(cid.toString(), `hash 0x${cid.multihash.code.toString(16)} is not supported`);
  }
  const { digest } = await hasher.digest(bytes);
  if (!sameBytes(digest, cid.multihash.digest)) {
    throw new IntegrityError(`The bytes of block ${cid.toString()} do not match its CID.`, {
      details: { cid: cid.toString() },
    });
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function invalidCid(text: string, why: string, cause?: unknown): IpfsKitError {
  const shown = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return new IpfsKitError("invalid_cid", `"${shown}" is not a usable CID: ${why}.`, { cause });
}
