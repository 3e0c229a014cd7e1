import { setImmediate } from "node:timers/promises";

import {
  type AddedEntry,
  type AddTreeOptions,
  IpfsKitError,
  mediaTypeOf,
  type TreeEntry,
} from "@ipfs-kit/core";
import { encode } from "@ipld/dag-pb";

import { type BlockSink, putDagPb } from "./block-sink.ts";
import { FILES_PER_TURN, MAX_SYMLINK_BYTES } from "./defaults.ts";
import { importFile } from "./import-file.ts";
import { importParameters, type ImportParameters } from "./import-settings.ts";
import { pull } from "./pull.ts";
import { TreeFolders } from "./tree-folders.ts";
import { encodeUnixfs } from "./unixfs-message.ts";

type ImportTreeOptions = Omit<AddTreeOptions, "pin" | "name" | "onlyHash">;

/**
 * Makes files and folders into DAGs and hands over the blocks: each file as it comes, then the
 * folders, those above the limit of the profile sharded (HAMT). Tells every entry, the root last;
 * without `wrap`, every entry at the top is a root of its own. Entries may come in any order; the
 * bytes of one are taken before the next is asked for. Memory grows with the number of entries, not
 * with their bytes.
 *
 * @throws IpfsKitError `invalid_request` for a path that is not allowed or given twice,
 *   `limit_exceeded` above 900 000 entries
 */
export async function* importTree(
  sink: BlockSink,
  entries: AsyncIterable<TreeEntry>,
  { wrap = false, signal, onProgress, ...settings }: ImportTreeOptions = {},
): AsyncGenerator<AddedEntry, void> {
  const parameters = importParameters(settings);
  const folders = new TreeFolders();
  let count = 0;
  for await (const { path, content } of pull(entries, signal)) {
    count += 1;
    // Neither a source nor a sink in memory would let anybody else have a turn.
    if (count % FILES_PER_TURN === 0) await setImmediate();
    if (content === undefined) {
      folders.addFolder(path);
      continue;
    }
    const note = folders.addLeaf(path);
    const added =
      "symlink" in content
        ? await importSymlink(sink, path, content.symlink, parameters)
        : await importEntry(sink, path, content, { ...settings, signal, onProgress });
    note(added);
    yield added;
  }
  yield* folders.write({ sink, parameters, signal }, { wrap });
}

async function importEntry(
  sink: BlockSink,
  path: string,
  content: AsyncIterable<Uint8Array>,
  { onProgress, ...options }: Omit<ImportTreeOptions, "wrap">,
): Promise<AddedEntry> {
  const { head, ...file } = await importFile(sink, content, {
    ...options,
    onProgress: onProgress && ((bytes) => onProgress(path, bytes)),
  });
  return { path, type: "file", ...file, mediaType: mediaTypeOf(path.split("/").at(-1), head) };
}

async function importSymlink(
  sink: BlockSink,
  path: string,
  target: string,
  { cidVersion }: ImportParameters,
): Promise<AddedEntry> {
  const data = Buffer.from(target);
  if (!target.isWellFormed() || data.length === 0 || data.length > MAX_SYMLINK_BYTES) {
    const message = `A symbolic link points to a text of 1 to ${MAX_SYMLINK_BYTES} bytes.`;
    throw new IpfsKitError("invalid_request", message);
  }
  const block = encode({ Data: encodeUnixfs({ type: "symlink", data }), Links: [] });
  const cid = await putDagPb(sink, cidVersion, block);
  return { path, cid, type: "symlink", size: data.length, dagSize: block.length };
}
