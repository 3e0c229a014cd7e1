import { encode } from "@ipld/dag-pb";
import { type CID, LimitExceededError } from "@ipfs-kit/core";

import { type BlockSink, putDagPb, putRaw } from "./block-sink.ts";
import { MIN_AVERAGE_PART_BYTES, PARTS_BEFORE_AVERAGE } from "./defaults.ts";
import type { ImportParameters } from "./import-settings.ts";
import { encodeUnixfs } from "./unixfs-message.ts";

/** Part of a file: a leaf, or a node with everything under it. */
export interface FilePart {
  cid: CID;
  /** Bytes of the file. */
  size: number;
  /** Bytes of the blocks. */
  dagSize: number;
}

/**
 * The balanced tree of a file, written from its leaves up as they come: all leaves at one depth, every
 * node full but the last of its level. Holds no more than the links of one node per level.
 */
export class FileLayout {
  readonly #sink: BlockSink;
  readonly #parameters: ImportParameters;
  /** Parts without a parent yet, leaves first. */
  readonly #levels: FilePart[][] = [];
  #leaves = 0;

  constructor(sink: BlockSink, parameters: ImportParameters) {
    this.#sink = sink;
    this.#parameters = parameters;
  }

  /** Puts one leaf. @throws LimitExceededError when the file would have too many tiny ones to be read */
  async add(chunk: Uint8Array): Promise<void> {
    this.#leaves += 1;
    // Twice the average that readers insist on, for the inner nodes count as parts without bytes.
    const isTiny = this.#parameters.chunkBytes < 2 * MIN_AVERAGE_PART_BYTES;
    if (isTiny && this.#leaves > PARTS_BEFORE_AVERAGE / 2) {
      throw new LimitExceededError(
        `A file of more than ${PARTS_BEFORE_AVERAGE / 2} chunks needs chunks of at least ${2 * MIN_AVERAGE_PART_BYTES} bytes.`,
      );
    }
    await this.#grow(0, await this.#putLeaf(chunk));
  }

  /** The root of the file, when all leaves are there; at least one must be. */
  async finish(): Promise<FilePart> {
    for (let level = 0; ; level += 1) {
      const parts = this.#levels[level] ?? [];
      const isTop = level >= this.#levels.length - 1;
      const [only] = parts;
      if (isTop && parts.length <= 1) {
        if (only === undefined) throw new RangeError("A file has at least one leaf.");
        return only;
      }
      if (parts.length > 0) await this.#grow(level + 1, await this.#join(parts));
    }
  }

  async #grow(level: number, part: FilePart): Promise<void> {
    const parts = (this.#levels[level] ??= []);
    parts.push(part);
    if (parts.length < this.#parameters.linksPerNode) return;
    this.#levels[level] = [];
    await this.#grow(level + 1, await this.#join(parts));
  }

  async #putLeaf(chunk: Uint8Array): Promise<FilePart> {
    const size = chunk.length;
    if (this.#parameters.rawLeaves) {
      return { cid: await putRaw(this.#sink, chunk), size, dagSize: size };
    }
    const Data = encodeUnixfs({ type: "file", data: chunk, fileSize: BigInt(size) });
    const block = encode({ Data, Links: [] });
    return { cid: await this.#put(block), size, dagSize: block.length };
  }

  async #join(parts: readonly FilePart[]): Promise<FilePart> {
    const block = encode({
      Data: encodeFileNode(parts.map(({ size }) => BigInt(size))),
      Links: parts.map(({ cid, dagSize }) => ({ Name: "", Hash: cid, Tsize: dagSize })),
    });
    return {
      cid: await this.#put(block),
      size: sum(parts.map(({ size }) => size)),
      dagSize: block.length + sum(parts.map(({ dagSize }) => dagSize)),
    };
  }

  async #put(block: Uint8Array): Promise<CID> {
    return putDagPb(this.#sink, this.#parameters.cidVersion, block);
  }
}

/** The UnixFS `Data` message of an inner node of a file, as protobuf. */
export function encodeFileNode(sizes: readonly bigint[]): Uint8Array {
  const fileSize = sizes.reduce((total, size) => total + size, 0n);
  return encodeUnixfs({ type: "file", fileSize, blockSizes: sizes });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
