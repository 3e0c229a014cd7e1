import {
  type AbortOptions,
  type BlockSource,
  errorCodeOf,
  IpfsKitError,
  NotFoundError,
  parseCid,
} from "@ipfs-kit/core";
import { resolvePath, type ResolvedPath } from "@ipfs-kit/unixfs";

import { cleanNames } from "./clean-names.ts";
import { notSupported } from "./refusals.ts";

/**
 * Follows an argument as Kubo takes it: a CID, `CID/path`, or `/ipfs/CID/path`. Names stand as they
 * are, not escaped as in a URL.
 *
 * @throws IpfsKitError `invalid_cid`, `not_supported` for names of IPNS; NotFoundError
 */
export async function resolveArgument(
  blocks: BlockSource,
  argument: string,
  options: AbortOptions,
): Promise<ResolvedPath> {
  if (/^(?:\/ipns\/|ipns:\/\/)/.test(argument)) {
    throw notSupported("Names of IPNS are not resolved here, only /ipfs/ paths.");
  }
  const [root = "", ...names] = cleanNames(argument.replace(/^(?:\/ipfs\/|ipfs:\/\/)/, ""));
  const cid = parseCid(root);
  try {
    return await resolvePath(blocks, cid, names, options);
  } catch (error) {
    throw worded(error, root);
  }
}

/** As {@link resolveArgument}, for commands that need a block of its own. */
export async function resolveToBlock(
  blocks: BlockSource,
  argument: string,
  options: AbortOptions,
): Promise<ResolvedPath["cid"]> {
  const { cid, remainder } = await resolveArgument(blocks, argument, options);
  if (remainder.length === 0) return cid;
  throw new IpfsKitError(
    "invalid_request",
    `"${argument.slice(0, 256)}" leads into a block, not to one.`,
  );
}

/** Programs look for these very words. */
function worded(error: unknown, root: string): unknown {
  if (errorCodeOf(error) !== "not_found" || !(error instanceof IpfsKitError)) return error;
  const { name, cid } = error.details;
  if (name === undefined) return error;
  return new NotFoundError(`no link named "${name}" under ${cid ?? root}`, {
    cause: error,
    details: error.details,
  });
}
