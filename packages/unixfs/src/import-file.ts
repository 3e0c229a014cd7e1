import {
  type AddOptions,
  type CID,
  type ImportSettings,
  IpfsKitError,
  MEDIA_TYPE_PROBE_BYTES,
} from "@ipfs-kit/core";

import type { BlockSink } from "./block-sink.ts";
import { Chunks } from "./chunks.ts";
import { FileLayout } from "./file-layout.ts";
import { importParameters } from "./import-settings.ts";
import { pull } from "./pull.ts";

export interface ImportFileOptions
  extends Pick<AddOptions, "signal" | "onProgress">, ImportSettings {}

export interface ImportedFile {
  cid: CID;
  /** Bytes of the file. */
  size: number;
  /** Bytes of all blocks under the root and of the root, as links count them. */
  dagSize: number;
  /** The first bytes, for telling the type. */
  head: Uint8Array;
}

/**
 * Makes a file into a DAG and hands over the blocks, leaves first. No more than a chunk is held in
 * memory besides what the sink holds, and the CIDs of one node per level.
 *
 * @throws IpfsKitError `invalid_request` for settings or a source that are none, `limit_exceeded` for
 *   more than 32 768 chunks of less than 32 bytes, which no reader here would go through
 */
export async function importFile(
  sink: BlockSink,
  source: AsyncIterable<Uint8Array>,
  { signal, onProgress, ...settings }: ImportFileOptions = {},
): Promise<ImportedFile> {
  const parameters = importParameters(settings);
  const { chunkBytes, rawLeaves } = parameters;
  // Other leaves are encoded first: what is put is not the memory they were gathered in.
  const allocate = rawLeaves ? sink.leafMemory?.bind(sink) : undefined;
  const chunks = new Chunks(chunkBytes, allocate);
  const layout = new FileLayout(sink, parameters);
  let head: Uint8Array = new Uint8Array(0);
  let taken = 0;
  const add = async (leaf: Uint8Array) => {
    taken += leaf.length;
    await layout.add(leaf);
    onProgress?.(taken);
  };
  for await (const piece of pull(source, signal)) {
    if (!(piece instanceof Uint8Array)) {
      throw new IpfsKitError("invalid_request", "The source of an add must give bytes.");
    }
    head = extended(head, piece);
    for (const leaf of chunks.add(piece)) await add(leaf);
  }
  for (const leaf of chunks.end()) await add(leaf);
  const { cid, size, dagSize } = await layout.finish();
  return { cid, size, dagSize, head };
}

/** What is known of the first bytes, with those of the next piece: a copy, as pieces are used again. */
function extended(head: Uint8Array, piece: Uint8Array): Uint8Array {
  const missing = Math.min(MEDIA_TYPE_PROBE_BYTES - head.length, piece.length);
  if (missing === 0) return head;
  const longer = new Uint8Array(head.length + missing);
  longer.set(head);
  longer.set(piece.subarray(0, missing), head.length);
  return longer;
}
