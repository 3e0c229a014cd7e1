import type { AddedEntry, AddTreeOptions, TreeEntry } from "@ipfs-kit/core";

import type { BlockSink } from "./import-file.ts";

/**
 * Makes files and folders into DAGs and hands over the blocks: each file as it comes, then the
 * folders, those above the limit of the profile sharded (HAMT). Tells every entry, the root last.
 * Memory grows with the number of entries, not with their bytes.
 *
 * @throws IpfsKitError `invalid_request` for a path that is not allowed or given twice
 */
export async function* importTree(
  _sink: BlockSink,
  _entries: AsyncIterable<TreeEntry>,
  _options: Omit<AddTreeOptions, "pin" | "name" | "onlyHash"> = {},
): AsyncGenerator<AddedEntry, void> {
  throw new Error("to be written");
}
