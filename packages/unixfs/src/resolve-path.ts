import type { AbortOptions, BlockSource, CID } from "@ipfs-kit/core";

export interface ResolvedPath {
  /** What the path leads to. */
  cid: CID;
  /** The blocks gone through before `cid`, root first, shards included: what proves the path. */
  via: CID[];
  /** Names that could not be followed into UnixFS, only into the data of dag-cbor or dag-json. */
  remainder: string[];
}

/**
 * Follows a path of names from a root: through folders, plain and sharded, and through the maps and
 * lists of dag-cbor and dag-json. Symbolic links are not followed.
 *
 * @param path decoded names; empty means the root itself
 * @throws NotFoundError when a name is not there, with `details.name`
 */
export async function resolvePath(
  _blocks: BlockSource,
  _root: CID,
  _path: readonly string[],
  _options: AbortOptions = {},
): Promise<ResolvedPath> {
  throw new Error("to be written");
}
