import { IpfsKitError, MEDIA_TYPE_PROBE_BYTES, type AddOptions, type CID } from "@ipfs-kit/core";
import { importer, type WritableStorage } from "ipfs-unixfs-importer";

import type { PackBlocks } from "./blocks.ts";
import { CHUNK_BYTES, FIRST_BUFFER_BYTES } from "./defaults.ts";
import { fileLayout } from "./file-layout.ts";
import type { Ticket } from "./pack-store/index.ts";
import { pull } from "./pull.ts";

export interface Imported {
  cid: CID;
  size: number;
  /** The first bytes, for telling the type. */
  head: Uint8Array;
  /** Whether any of its blocks had to be written. */
  isNew: boolean;
  /** Throws if a block could not be stored. What is queued after this fails if one still cannot. */
  check(): void;
  /** Resolves when all blocks are durable. */
  settled(): Promise<void>;
}

/**
 * Makes a file into a DAG by the profile `unixfs-v1-2025` (IPIP-499: leaves of 1 MiB as raw blocks,
 * CIDv1, sha2-256, 1024 links to a node, balanced; a file of one leaf is that leaf) and queues the
 * blocks. No more than a chunk and the queue of the store are held in memory.
 *
 * When the source fails or the signal fires, blocks that were queued stay in the packs, under no
 * name, until garbage collection takes them.
 */
export async function importFile(
  blocks: PackBlocks,
  source: AsyncIterable<Uint8Array>,
  { signal, onProgress }: Pick<AddOptions, "signal" | "onProgress">,
): Promise<Imported> {
  const sink = new BlockSink(blocks, signal);
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
  const entries = importer([{ content: watched() }], sink, {
    profile: "unixfs-v1-2025",
    chunker: inChunks,
    layout: fileLayout(sink),
    // The sink returns as soon as a block is queued, so that one at a time keeps the disk busy.
    blockWriteConcurrency: 1,
    fileImportConcurrency: 1,
  });
  const root = await entries.next();
  if (root.done === true) throw new IpfsKitError("internal", "The importer gave no root.");
  await entries.next();
  return {
    cid: root.value.cid,
    size,
    head,
    isNew: sink.hasWritten,
    check: () => sink.check(),
    settled: async () => sink.settled(),
  };
}

/** Where the importer puts its blocks: queues them, and remembers what is not durable yet. */
class BlockSink implements WritableStorage {
  readonly #blocks: PackBlocks;
  readonly #signal: AbortSignal | undefined;
  readonly #tickets = new Set<Ticket>();
  #failed: Ticket | undefined;
  #hasWritten = false;

  constructor(blocks: PackBlocks, signal: AbortSignal | undefined) {
    this.#blocks = blocks;
    this.#signal = signal;
  }

  async put(cid: CID, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<CID> {
    if (!(bytes instanceof Uint8Array)) {
      throw new IpfsKitError("internal", "The importer gave a stream where a block was due.");
    }
    this.check();
    const ticket = await this.#blocks.accept(cid, bytes, { signal: this.#signal });
    this.#hasWritten ||= !ticket.isSettled;
    this.#tickets.add(ticket);
    ticket.durable.then(
      () => this.#tickets.delete(ticket),
      () => (this.#failed = ticket),
    );
    return cid;
  }

  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  check(): void {
    const failed = this.#failed ?? [...this.#tickets].find(({ failure }) => failure);
    if (failed?.failure !== undefined) throw failed.failure.error;
  }

  async settled(): Promise<void> {
    for (const { durable } of this.#tickets) await durable;
    this.check();
  }
}

/**
 * Cuts a stream into leaves. Pieces are copied as they come, so that a source may use its buffer
 * again; nothing at all makes one empty leaf.
 */
async function* inChunks(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let chunk = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  let filled = 0;
  let isEmpty = true;
  for await (const piece of source) {
    let rest = piece;
    while (rest.length > 0) {
      if (filled === chunk.length) chunk = grown(chunk, filled + rest.length);
      const part = rest.subarray(0, chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      isEmpty = false;
      chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0 || isEmpty) yield chunk.subarray(0, filled);
}

function grown(chunk: Buffer, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(chunk.length * 2, needed)));
  chunk.copy(larger);
  return larger;
}
