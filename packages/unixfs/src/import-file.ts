import {
  type AddOptions,
  type CID,
  type ImportSettings,
  IpfsKitError,
  MEDIA_TYPE_PROBE_BYTES,
} from "@ipfs-kit/core";
import { importer, type WritableStorage } from "ipfs-unixfs-importer";

import { inChunks } from "./chunks.ts";
import { fileLayout } from "./file-layout.ts";
import { pull } from "./pull.ts";

/** Takes in the blocks of an import. Resolving means that there is room for more, not durability. */
export interface BlockSink {
  put(cid: CID, bytes: Uint8Array): Promise<void>;
}

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
 * memory besides what the sink holds.
 */
export async function importFile(
  sink: BlockSink,
  source: AsyncIterable<Uint8Array>,
  { signal, onProgress }: ImportFileOptions = {},
): Promise<ImportedFile> {
  let size = 0;
  let head: Uint8Array = new Uint8Array(0);
  async function* watched(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of pull(source, signal)) {
      if (!(piece instanceof Uint8Array)) {
        throw new IpfsKitError("invalid_request", "The source of an add must give bytes.");
      }
      if (head.length < MEDIA_TYPE_PROBE_BYTES) {
        head = Buffer.concat([head, piece.subarray(0, MEDIA_TYPE_PROBE_BYTES - head.length)]);
      }
      size += piece.length;
      yield piece;
      onProgress?.(size);
    }
  }
  const storage = storageOf(sink);
  const entries = importer([{ content: watched() }], storage, {
    profile: "unixfs-v1-2025",
    chunker: inChunks,
    layout: fileLayout(storage),
    // The sink returns as soon as a block is queued, so that one at a time keeps the disk busy.
    blockWriteConcurrency: 1,
    fileImportConcurrency: 1,
  });
  const root = await entries.next();
  if (root.done === true) throw new IpfsKitError("internal", "The importer gave no root.");
  await entries.next();
  return { cid: root.value.cid, size, dagSize: Number(root.value.size), head };
}

function storageOf(sink: BlockSink): WritableStorage {
  return {
    async put(cid, bytes) {
      if (!(bytes instanceof Uint8Array)) {
        throw new IpfsKitError("internal", "The importer gave a stream where a block was due.");
      }
      await sink.put(cid, bytes);
      return cid;
    },
  };
}
