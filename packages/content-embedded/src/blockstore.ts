import { type AbortOptions, type CID, errorCodeOf, IpfsKitError } from "@ipfs-kit/core";

import { MAX_BLOCK_BYTES } from "./defaults.ts";
import type { EmbeddedStore } from "./index.ts";

/** Blocks of `putMany` that may be on their way to the disk at a time: they share a sync. */
const IN_FLIGHT = 64;

/** The bytes of a block, whole or in pieces. */
type BlockInput = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A block on its way out: its bytes are read when they are asked for. */
interface BlockPair {
  cid: CID;
  bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * The `Blockstore` of `interface-blockstore` 7, by its shape. A signal that has fired makes a call
 * throw the reason of the signal, as is usual there.
 */
export interface EmbeddedBlockstore {
  has(cid: CID, options?: AbortOptions): Promise<boolean>;

  /** Resolves when the block is durable. @throws IntegrityError when the bytes do not match */
  put(cid: CID, bytes: BlockInput, options?: AbortOptions): Promise<CID>;

  /** Tells each CID once it is durable, in the order of the source. */
  putMany(
    source:
      | AsyncIterable<{ cid: CID; bytes: BlockInput }>
      | Iterable<{ cid: CID; bytes: BlockInput }>,
    options?: AbortOptions,
  ): AsyncGenerator<CID, void, undefined>;

  /** The whole block as one piece, verified. @throws NotFoundError; IntegrityError */
  get(cid: CID, options?: AbortOptions): AsyncGenerator<Uint8Array, void, undefined>;

  getMany(
    source: AsyncIterable<CID> | Iterable<CID>,
    options?: AbortOptions,
  ): AsyncGenerator<BlockPair, void, undefined>;

  /** Every block, as a raw block of version 1, in no particular order. */
  getAll(options?: AbortOptions): AsyncGenerator<BlockPair, void, undefined>;

  /** Removes a block that is here. @throws InvalidStateError when a pin of the store needs it */
  delete(cid: CID, options?: AbortOptions): Promise<void>;

  deleteMany(
    source: AsyncIterable<CID> | Iterable<CID>,
    options?: AbortOptions,
  ): AsyncGenerator<CID, void, undefined>;
}

/**
 * The blocks of a running store as a blockstore for Helia and what is built on it. The blocks it
 * takes in are not pinned: do not collect garbage in a store whose roots are kept elsewhere.
 */
export function createBlockstore({ blocks }: Pick<EmbeddedStore, "blocks">): EmbeddedBlockstore {
  return new Blockstore(blocks);
}

class Blockstore implements EmbeddedBlockstore {
  readonly #blocks: EmbeddedStore["blocks"];

  constructor(blocks: EmbeddedStore["blocks"]) {
    this.#blocks = blocks;
  }

  async has(cid: CID, options: AbortOptions = {}): Promise<boolean> {
    return this.#blocks.has(cid, options);
  }

  async put(cid: CID, bytes: BlockInput, { signal }: AbortOptions = {}): Promise<CID> {
    signal?.throwIfAborted();
    await this.#blocks.put(cid, await joined(bytes), { signal });
    return cid;
  }

  async *putMany(
    source:
      | AsyncIterable<{ cid: CID; bytes: BlockInput }>
      | Iterable<{ cid: CID; bytes: BlockInput }>,
    options: AbortOptions = {},
  ): AsyncGenerator<CID, void, undefined> {
    const inFlight: Promise<CID>[] = [];
    for await (const { cid, bytes } of source) {
      const put = this.put(cid, bytes, options);
      // Its failure is met when its turn comes.
      put.catch(() => {});
      inFlight.push(put);
      const first = inFlight.length < IN_FLIGHT ? undefined : inFlight.shift();
      if (first !== undefined) yield await first;
    }
    for (const put of inFlight) yield await put;
  }

  async *get(cid: CID, { signal }: AbortOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    signal?.throwIfAborted();
    yield await this.#blocks.get(cid, { signal });
  }

  async *getMany(
    source: AsyncIterable<CID> | Iterable<CID>,
    options: AbortOptions = {},
  ): AsyncGenerator<BlockPair, void, undefined> {
    for await (const cid of source) {
      options.signal?.throwIfAborted();
      yield { cid, bytes: this.get(cid, options) };
    }
  }

  async *getAll(options: AbortOptions = {}): AsyncGenerator<BlockPair, void, undefined> {
    options.signal?.throwIfAborted();
    yield* this.getMany(this.#blocks.list(options), options);
  }

  async delete(cid: CID, { signal }: AbortOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    try {
      await this.#blocks.delete(cid, { signal });
    } catch (error) {
      // As in other blockstores, what is not here need not be removed.
      if (errorCodeOf(error) !== "not_found") throw error;
    }
  }

  async *deleteMany(
    source: AsyncIterable<CID> | Iterable<CID>,
    options: AbortOptions = {},
  ): AsyncGenerator<CID, void, undefined> {
    for await (const cid of source) {
      await this.delete(cid, options);
      yield cid;
    }
  }
}

async function joined(bytes: BlockInput): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > MAX_BLOCK_BYTES) {
      throw new IpfsKitError("too_large", `A block holds at most ${MAX_BLOCK_BYTES} bytes.`);
    }
    pieces.push(piece);
  }
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}
