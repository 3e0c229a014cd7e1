import {
  type AddOptions,
  type CID,
  type ImportSettings,
  IpfsKitError,
  MEDIA_TYPE_PROBE_BYTES,
} from "@ipfs-kit/core";

import type { BlockSink } from "./block-sink.ts";
import { inChunks } from "./chunks.ts";
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
  let head: Uint8Array = new Uint8Array(0);
  async function* watched(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of pull(source, signal)) {
      if (!(piece instanceof Uint8Array)) {
        throw new IpfsKitError("invalid_request", "The source of an add must give bytes.");
      }
      if (head.length < MEDIA_TYPE_PROBE_BYTES) {
        head = Buffer.concat([head, piece.subarray(0, MEDIA_TYPE_PROBE_BYTES - head.length)]);
      }
      yield piece;
    }
  }
  const layout = new FileLayout(sink, parameters);
  let taken = 0;
  for await (const chunk of inChunks(watched(), parameters.chunkBytes)) {
    await layout.add(chunk);
    taken += chunk.length;
    onProgress?.(taken);
  }
  const { cid, size, dagSize } = await layout.finish();
  return { cid, size, dagSize, head };
}
