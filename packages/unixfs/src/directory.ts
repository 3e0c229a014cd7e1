import type { AbortOptions, BlockSource, CID } from "@ipfs-kit/core";

export interface DirectoryEntry {
  name: string;
  cid: CID;
  /** Bytes of all blocks under the entry, as the folder states it (`Tsize`). */
  dagSize: number;
}

/**
 * The entries of a folder, plain or sharded (HAMT), as they are pulled: plain ones in the order of
 * their links, sharded ones in that of their shards.
 *
 * @throws IpfsKitError `not_a_directory` …; NotFoundError; IntegrityError for a shard that contradicts itself
 */
export async function* listDirectory(
  _blocks: BlockSource,
  _cid: CID,
  _options: AbortOptions = {},
): AsyncGenerator<DirectoryEntry, void> {
  throw new Error("to be written");
}

/** The entry of a folder under a name; reads only the shards on the way. `undefined` when there is none. */
export async function findEntry(
  _blocks: BlockSource,
  _cid: CID,
  _name: string,
  _options: AbortOptions = {},
): Promise<DirectoryEntry | undefined> {
  throw new Error("to be written");
}
