import { MAX_BLOCK_BYTES } from "@ipfs-kit/unixfs";

import { SOFT_BLOCK_BYTES } from "./defaults.ts";
import type { UploadedFile } from "./multipart-upload.ts";
import type { Query } from "./query.ts";
import { readFilePart } from "./read-file-part.ts";

const SOFT_LIMIT =
  "produced block is over 1MiB: big blocks can't be exchanged with other peers. consider using UnixFS for automatic chunking of bigger files, or pass --allow-big-block to override";
const HARD_LIMIT = `A block has at most ${MAX_BLOCK_BYTES} bytes: no peer takes a larger one.`;

/** The bytes of an uploaded block. @throws IpfsKitError `too_large`, worded as Kubo does */
export async function readBlockPart(file: UploadedFile, query: Query): Promise<Uint8Array> {
  return query.flag("allow-big-block", false)
    ? readFilePart(file, MAX_BLOCK_BYTES, HARD_LIMIT)
    : readFilePart(file, SOFT_BLOCK_BYTES, SOFT_LIMIT);
}
