import { encode } from "@ipld/dag-pb";

import { type BlockSink, putDagPb } from "./block-sink.ts";
import { MAX_PLAIN_FOLDER_BYTES } from "./defaults.ts";
import { type FolderEntry, linkTo, type WrittenNode } from "./folder-entry.ts";
import { writeShards } from "./hamt-writer.ts";
import type { ImportParameters } from "./import-settings.ts";
import { encodeUnixfs } from "./unixfs-message.ts";

/** Writes a folder: as one block, or sharded when that would be above the limit of the profile. */
export async function writeDirectory(
  sink: BlockSink,
  entries: readonly FolderEntry[],
  { cidVersion, folderSize }: ImportParameters,
): Promise<WrittenNode> {
  const put = async (block: Uint8Array) => putDagPb(sink, cidVersion, block);
  const sizeOf = folderSize === "block" ? blockSize : linksSize;
  if (sizeOf(entries) > MAX_PLAIN_FOLDER_BYTES) return writeShards(put, entries);
  const sorted = entries
    .map((entry) => ({ ...entry, bytes: Buffer.from(entry.name) }))
    .toSorted((a, b) => a.bytes.compare(b.bytes));
  const block = encode({
    Data: encodeUnixfs({ type: "directory" }),
    Links: sorted.map(({ name, cid, dagSize }) => linkTo(name, cid, dagSize)),
  });
  const below = entries.reduce((sum, { dagSize }) => sum + dagSize, 0);
  return { cid: await put(block), dagSize: block.length + below };
}

/** Bytes of the folder's block, without making it: the folder may have any number of entries. */
function blockSize(entries: readonly FolderEntry[]): number {
  const DATA_FIELD = 4;
  return entries.reduce((sum, { name, cid, dagSize }) => {
    const link =
      delimited(cid.length) + delimited(Buffer.byteLength(name)) + 1 + varintSize(dagSize);
    return sum + delimited(link);
  }, DATA_FIELD);
}

/** Bytes of the names and CIDs alone. */
function linksSize(entries: readonly FolderEntry[]): number {
  return entries.reduce((sum, { name, cid }) => sum + Buffer.byteLength(name) + cid.length, 0);
}

/** Bytes of a protobuf field that holds so many: its number, its length and them. */
function delimited(bytes: number): number {
  return 1 + varintSize(bytes) + bytes;
}

function varintSize(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
