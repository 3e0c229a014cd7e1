import {
  abortable,
  type AbortOptions,
  type BlockSource,
  type CID,
  errorCodeOf,
  NotFoundError,
} from "@ipfs-kit/core";

import { MAX_IDENTITY_BYTES } from "./defaults.ts";
import { malformed, shown } from "./node-errors.ts";

const IDENTITY = 0x00;

/** An identity CID holds its own bytes: no source has them, and none is asked for them. */
export function isIdentity({ multihash }: CID): boolean {
  return multihash.code === IDENTITY;
}

export interface GetBlockOptions extends AbortOptions {
  /** What the block is part of, for the message when it is missing. @default itself */
  root?: CID | undefined;
}

/**
 * The bytes of a block, or of an identity CID.
 *
 * @throws NotFoundError with the block in `details.cid` and what it is part of in `details.root`;
 *   IntegrityError for an identity CID that is too long; whatever else the source throws
 */
export async function getBlock(
  blocks: BlockSource,
  cid: CID,
  { root = cid, signal }: GetBlockOptions = {},
): Promise<Uint8Array> {
  if (isIdentity(cid)) return identityBytes(cid);
  try {
    return await abortable(blocks.get(cid, { signal }), signal);
  } catch (error) {
    if (errorCodeOf(error) !== "not_found") throw error;
    throw missingBlock(cid, root, error);
  }
}

function missingBlock(cid: CID, root: CID, cause?: unknown): NotFoundError {
  const [block, top] = [shown(cid), shown(root)];
  const message = cid.equals(root)
    ? `Block ${block} is not here.`
    : `Block ${block} of ${top} is not here.`;
  return new NotFoundError(message, { cause, details: { cid: block, root: top } });
}

function identityBytes(cid: CID): Uint8Array {
  const { digest } = cid.multihash;
  if (digest.length <= MAX_IDENTITY_BYTES) return digest.slice();
  throw malformed(cid, `an identity CID holds at most ${MAX_IDENTITY_BYTES} bytes`);
}
