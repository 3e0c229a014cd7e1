import type { FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

import { IntegrityError, type Logger } from "@ipfs-kit/core";

import { MAX_BLOCK_BYTES } from "../defaults.ts";
import { readAt, readSmallAt, SMALL_READ_BYTES } from "./file-io.ts";
import type { PackFiles } from "./pack-files.ts";
import type { PackIndex, Place } from "./pack-index.ts";
import { asStoreError } from "./store-errors.ts";

/**
 * Milliseconds that reads may hold the event loop before it has a turn: some twenty small blocks that
 * the system has in memory, or one that it has not.
 */
const HELD_MS = 0.2;

export interface BlockReaderInit {
  files: PackFiles;
  index: Pick<PackIndex, "find" | "isInDoubt">;
  logger: Logger;
}

/** Reads durable blocks from where the index says they are. */
export class BlockReader {
  readonly #files: PackFiles;
  readonly #index: Pick<PackIndex, "find" | "isInDoubt">;
  readonly #logger: Logger;
  #heldMs = 0;

  constructor({ files, index, logger }: BlockReaderInit) {
    this.#files = files;
    this.#index = index;
    this.#logger = logger;
  }

  /**
   * The bytes as they are on disk, unchecked; `undefined` when the index does not know the block.
   *
   * @throws IntegrityError when the index knows it and its pack does not have it
   */
  async read(multihash: Uint8Array): Promise<Uint8Array | undefined> {
    for (let failed: Place | undefined; ;) {
      const place = this.#index.find(multihash);
      if (place === undefined) return undefined;
      try {
        return await this.#readPlace(place);
      } catch (error) {
        // Compaction may have moved it away from there meanwhile: then it is where it is now.
        if (failed !== undefined && isSamePlace(place, failed)) throw error;
        failed = place;
      }
    }
  }

  /** Whether these very bytes are on disk under the multihash. */
  async holds(multihash: Uint8Array, payload: Uint8Array): Promise<boolean> {
    const place = this.#index.isInDoubt ? undefined : this.#index.find(multihash);
    if (place === undefined || place.length !== payload.length) return false;
    try {
      const bytes = await this.read(multihash);
      return bytes !== undefined && Buffer.compare(bytes, payload) === 0;
    } catch (error) {
      this.#logger.warn("a damaged block is written anew", { pack: place.pack, error });
      return false;
    }
  }

  async #readPlace({ pack, offset, length }: Place): Promise<Uint8Array> {
    if (length > MAX_BLOCK_BYTES) throw new IntegrityError("The index states an absurd length.");
    const bytes = await this.#files
      .use(pack, async (file) =>
        length <= SMALL_READ_BYTES
          ? this.#readSmall(file, offset, length)
          : readAt(file, offset, length),
      )
      .catch(asStoreError);
    if (bytes.length === length) return bytes;
    throw new IntegrityError(`Pack ${pack} ends within a block.`, { details: { pack } });
  }

  async #readSmall(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
    const from = performance.now();
    const bytes = readSmallAt(file, offset, length);
    this.#heldMs += performance.now() - from;
    // Otherwise nobody else would have a turn while somebody reads one small block after the other.
    if (this.#heldMs >= HELD_MS) {
      this.#heldMs = 0;
      await setImmediate();
    }
    return bytes;
  }
}

function isSamePlace(one: Place, other: Place): boolean {
  return one.pack === other.pack && one.offset === other.offset;
}
