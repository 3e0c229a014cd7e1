import { join } from "node:path";

import {
  IntegrityError,
  errorCodeOf,
  InvalidStateError,
  IpfsKitError,
  type AbortOptions,
  type Logger,
  type Startable,
} from "@ipfs-kit/core";

import {
  GROUP_BYTES,
  GROUP_RECORDS,
  MAX_BLOCK_BYTES,
  OPEN_PACKS,
  QUEUE_BYTES,
} from "../defaults.ts";
import type { PinTable } from "../pins.ts";
import { GroupCommit, Ticket } from "./group-commit.ts";
import { readAt } from "./file-io.ts";
import { PackFiles } from "./pack-files.ts";
import type { PackIndex, Place } from "./pack-index.ts";
import { PackWriter } from "./pack-writer.ts";
import { recordBytes, type PackRecord } from "./record.ts";
import { openIndex } from "./recovery.ts";
import { asStoreError, storageFull, unusableDirectory } from "./store-errors.ts";

export { Ticket } from "./group-commit.ts";

export interface PackStoreInit {
  directory: string;
  packBytes: number;
  storageMaxBytes: number;
  logger: Logger;
}

interface Running {
  index: PackIndex;
  writer: PackWriter;
  queue: GroupCommit;
  files: PackFiles;
}

/** Blocks by multihash, and pins, in append-only files. Knows nothing of CIDs, codecs or DAGs. */
export class PackStore implements Startable {
  readonly #init: PackStoreInit;
  /** Blocks on their way to the disk: already there for readers. */
  readonly #pending = new Map<string, { payload: Uint8Array; ticket: Ticket }>();
  /** How many records of a pin are on their way to the disk, by key. */
  readonly #pendingPins = new Map<string, number>();
  #running: Running | undefined;

  constructor(init: PackStoreInit) {
    this.#init = init;
  }

  /** @throws IpfsKitError `data_directory` when files or index cannot be used */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { directory, packBytes } = this.#init;
    const files = new PackFiles(join(directory, "packs"), OPEN_PACKS);
    const { index, writer } = await this.#open(files);
    const queue = new GroupCommit({
      commit: async (records) => writer.append(records).catch(asStoreError),
      onSettled: (record) => this.#forget(record),
      queueBytes: QUEUE_BYTES,
      groupBytes: Math.min(GROUP_BYTES, packBytes),
      groupRecords: GROUP_RECORDS,
    });
    this.#running = { index, writer, queue, files };
  }

  async #open(files: PackFiles): Promise<Pick<Running, "index" | "writer">> {
    const { directory, packBytes, logger } = this.#init;
    let index: PackIndex | undefined;
    try {
      await files.prepare();
      const salt = await files.storeSalt();
      index = await openIndex({ path: join(directory, "index.db"), files, salt, logger });
      const writer = new PackWriter({ files, index, packBytes, salt, logger });
      await writer.prepare();
      return { index, writer };
    } catch (error) {
      index?.close();
      await files.close();
      throw errorCodeOf(error) === "data_directory" ? error : unusableDirectory(directory, error);
    }
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    await running.queue.drain();
    try {
      await running.files.close();
    } finally {
      running.index.close();
    }
  }

  /** @throws InvalidStateError */
  assertRunning(): void {
    this.#parts();
  }

  get pins(): PinTable {
    return this.#parts().index.pins;
  }

  has(multihash: Uint8Array): boolean {
    return this.#pending.has(keyOf(multihash)) || this.#parts().index.find(multihash) !== undefined;
  }

  /**
   * The bytes stored under a multihash, as they are on disk: the caller checks them.
   *
   * @throws IntegrityError when the index knows the block and its pack does not have it
   */
  async get(multihash: Uint8Array): Promise<Uint8Array | undefined> {
    const { index } = this.#parts();
    const pending = this.#pending.get(keyOf(multihash));
    // A copy: what is given out is the reader's to change, what waits for the disk is not.
    if (pending !== undefined) return pending.payload.slice();
    const place = index.find(multihash);
    return place === undefined ? undefined : this.#readPlace(place);
  }

  /**
   * Takes in a block, once there is room in the queue. The bytes must not be changed afterwards. A
   * block that is here already is not written again, provided its bytes on disk are sound.
   */
  async put(
    multihash: Uint8Array,
    payload: Uint8Array,
    { signal }: AbortOptions = {},
  ): Promise<Ticket> {
    const key = keyOf(multihash);
    if (payload.length > MAX_BLOCK_BYTES) {
      throw new IpfsKitError("too_large", `A block holds at most ${MAX_BLOCK_BYTES} bytes.`);
    }
    await this.room({ signal });
    if (!this.#pending.has(key) && (await this.#holds(multihash, payload))) {
      const ticket = new Ticket();
      ticket.succeed();
      return ticket;
    }
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending.ticket;
    const record = { kind: "block", key: multihash, payload } as const;
    this.#checkQuota(record);
    const ticket = this.#parts().queue.push(record);
    this.#pending.set(key, { payload, ticket });
    return ticket;
  }

  /** Resolves when the queue has room for one more record. */
  async room(options?: AbortOptions): Promise<void> {
    await this.#parts().queue.room(options);
  }

  /**
   * Queues the record of a pin, or of its end, behind all blocks taken in so far. Wait for
   * {@link room} before. The quota does not keep anybody from unpinning.
   *
   * @throws IpfsKitError `storage_full`
   */
  note(record: PackRecord): Ticket {
    if (record.kind === "pin") this.#checkQuota(record);
    const ticket = this.#parts().queue.push(record);
    const key = keyOf(record.key);
    this.#pendingPins.set(key, (this.#pendingPins.get(key) ?? 0) + 1);
    return ticket;
  }

  /** Whether a record of this pin is on its way: then what the pin table says of it is old. */
  isNoting(key: Uint8Array): boolean {
    return this.#pendingPins.has(keyOf(key));
  }

  #parts(): Running {
    if (this.#running === undefined) {
      throw new InvalidStateError("The content store is not running: call start() first.");
    }
    return this.#running;
  }

  async #readPlace({ pack, offset, length }: Place): Promise<Uint8Array> {
    if (length > MAX_BLOCK_BYTES) throw new IntegrityError("The index states an absurd length.");
    const bytes = await this.#parts()
      .files.use(pack, async (file) => readAt(file, offset, length))
      .catch(asStoreError);
    if (bytes.length === length) return bytes;
    throw new IntegrityError(`Pack ${pack} ends within a block.`, { details: { pack } });
  }

  async #holds(multihash: Uint8Array, payload: Uint8Array): Promise<boolean> {
    const place = this.#parts().index.find(multihash);
    if (place === undefined || place.length !== payload.length) return false;
    try {
      return Buffer.compare(await this.#readPlace(place), payload) === 0;
    } catch (error) {
      this.#init.logger.warn("a damaged block is written anew", { pack: place.pack, error });
      return false;
    }
  }

  #checkQuota(record: PackRecord): void {
    const { writer, queue } = this.#parts();
    const { storageMaxBytes } = this.#init;
    if (writer.bytesOnDisk + queue.waitingBytes + recordBytes(record) > storageMaxBytes) {
      throw storageFull(`the quota of ${storageMaxBytes} bytes is used up`);
    }
  }

  #forget(record: PackRecord): void {
    const key = keyOf(record.key);
    if (record.kind === "block") {
      this.#pending.delete(key);
      return;
    }
    const rest = (this.#pendingPins.get(key) ?? 1) - 1;
    if (rest === 0) this.#pendingPins.delete(key);
    else this.#pendingPins.set(key, rest);
  }
}

function keyOf(multihash: Uint8Array): string {
  return Buffer.from(multihash.buffer, multihash.byteOffset, multihash.length).toString("latin1");
}
