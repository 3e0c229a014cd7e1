import { join } from "node:path";

import {
  anySignal,
  errorCodeOf,
  InvalidStateError,
  IpfsKitError,
  throwIfAborted,
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
import { keyOf } from "../keys.ts";
import type { PinTable } from "../pins.ts";
import { BlockReader } from "./block-reader.ts";
import { Compactor, type Compacted } from "./compactor.ts";
import { DiskReserve } from "./disk-reserve.ts";
import { GroupCommit } from "./group-commit.ts";
import { groupTarget } from "./group-target.ts";
import { PackFiles } from "./pack-files.ts";
import { LeafMemory } from "./leaf-memory.ts";
import type { PackIndex, Place } from "./pack-index.ts";
import { PackWriter } from "./pack-writer.ts";
import { recordBytes, type PackRecord } from "./record.ts";
import { openIndex } from "./recovery.ts";
import { Scrubber, type DamagedBlock, type ScrubOptions } from "./scrubber.ts";
import { asStoreError, isFull, storageFull, unusableDirectory } from "./store-errors.ts";
import { Ticket } from "./ticket.ts";

export type { Compacted } from "./compactor.ts";
export { Ticket } from "./ticket.ts";
export type { Place } from "./pack-index.ts";
export type { DamagedBlock, ScrubOptions } from "./scrubber.ts";

/** Rows on a page of keys when the caller does not say. */
const KEYS_PAGE = 1_000;

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
  reader: BlockReader;
  compactor: Compactor;
  scrubber: Scrubber;
  reserve: DiskReserve;
  /** Fires when the store stops. */
  stopping: AbortController;
}

/** Blocks by multihash, and pins, in append-only files. Knows nothing of CIDs, codecs or DAGs. */
export class PackStore implements Startable {
  readonly #init: PackStoreInit;
  /** Blocks on their way to the disk: already there for readers. */
  readonly #pending = new Map<string, { payload: Uint8Array; ticket: Ticket }>();
  /** How many records of a pin are on their way to the disk, by key. */
  readonly #pendingPins = new Map<string, number>();
  /** How many removals of a block are under way, by key. */
  readonly #removing = new Map<string, number>();
  readonly #leafMemory = new LeafMemory(QUEUE_BYTES);
  /** Compactions, one after the other. */
  #compacting: Promise<unknown> = Promise.resolve();
  #running: Running | undefined;

  constructor(init: PackStoreInit) {
    this.#init = init;
  }

  /**
   * @throws IpfsKitError `data_directory` when files or index cannot be used, `storage_full` when
   *   the disk is so full that nothing can be opened
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { directory, packBytes, logger } = this.#init;
    const reserve = new DiskReserve(directory, logger);
    const { files, index, writer, compactor } = await reserve.spend(async () =>
      this.#open(reserve),
    );
    await reserve.tryHold();
    const queue = new GroupCommit({
      target: groupTarget({ writer, reserve }),
      onSettled: (record) => this.#forget(record),
      queueBytes: QUEUE_BYTES,
      groupBytes: Math.min(GROUP_BYTES, packBytes),
      groupRecords: GROUP_RECORDS,
    });
    this.#running = {
      index,
      writer,
      queue,
      files,
      reader: new BlockReader({ files, index, logger }),
      compactor,
      scrubber: new Scrubber({ files, index }),
      reserve,
      stopping: new AbortController(),
    };
  }

  async #open(
    reserve: DiskReserve,
  ): Promise<Pick<Running, "files" | "index" | "writer" | "compactor">> {
    const { directory, packBytes, logger } = this.#init;
    const files = new PackFiles(join(directory, "packs"), OPEN_PACKS);
    let index: PackIndex | undefined;
    try {
      await files.prepare();
      const salt = await files.storeSalt();
      index = await openIndex({ path: join(directory, "index.db"), files, salt, logger });
      const writer = new PackWriter({ files, index, packBytes, salt, logger });
      await writer.prepare();
      const compactor = new Compactor({
        directory,
        files,
        index,
        writer,
        reserve,
        salt,
        logger,
      });
      return { files, index, writer, compactor };
    } catch (error) {
      index?.close();
      await files.close();
      if (isFull(error)) throw storageFull("the disk is full", error);
      throw errorCodeOf(error) === "data_directory" ? error : unusableDirectory(directory, error);
    }
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    running.stopping.abort(new InvalidStateError("The content store was stopped."));
    await running.queue.drain();
    await this.#compacting;
    // Removals that were asked for before.
    await running.writer.inTurn(async () => {});
    try {
      await running.files.close();
    } finally {
      running.index.close();
    }
  }

  /** Memory for payloads: what is taken there is given back by {@link put}. */
  get leafMemory(): Pick<LeafMemory, "begin" | "take" | "end"> {
    return this.#leafMemory;
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

  /** Bytes of a block; `undefined` when it is not here. */
  sizeOf(multihash: Uint8Array): number | undefined {
    const { index } = this.#parts();
    return this.#pending.get(keyOf(multihash))?.payload.length ?? index.find(multihash)?.length;
  }

  /** Where a block stands; `undefined` when it is not here, or still on its way to the disk. */
  placeOf(multihash: Uint8Array): Place | undefined {
    return this.#parts().index.find(multihash);
  }

  /** One page of the multihashes of durable blocks, ascending, from the first behind `after`. */
  keys(after: Uint8Array = new Uint8Array(0), limit = KEYS_PAGE): Uint8Array[] {
    return this.#parts().index.keys(after, limit);
  }

  /** How many blocks are durable. Takes some 15 ms for a million of them. */
  count(): number {
    return this.#parts().index.count();
  }

  /** Bytes of all packs: what the quota is compared with. */
  get bytesOnDisk(): number {
    return this.#parts().writer.bytesOnDisk;
  }

  /**
   * The bytes stored under a multihash, as they are on disk: the caller checks them.
   *
   * @throws IntegrityError when the index knows the block and its pack does not have it
   */
  async get(multihash: Uint8Array): Promise<Uint8Array | undefined> {
    this.assertRunning();
    const pending = this.#pending.get(keyOf(multihash));
    // A copy (which `slice` of a Buffer is not): what is given out is the reader's to change, what
    // waits for the disk is not, and its memory may be the next leaf's soon.
    if (pending !== undefined) return new Uint8Array(pending.payload);
    return this.#parts().reader.read(multihash);
  }

  /**
   * Takes in a block, once there is room in the queue. The bytes must not be changed afterwards; those
   * from {@link leafMemory} not even read, for they are the next one's as soon as they are not needed.
   * A block that is here already is not written again, provided its bytes on disk are sound.
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
    const isHeld =
      !this.#pending.has(key) && (await this.#parts().reader.holds(multihash, payload));
    // Looked at once more: it may have been removed while its bytes were compared.
    if (isHeld && !this.#removing.has(key) && this.has(multihash)) {
      this.#leafMemory.giveBack(payload);
      return new Ticket({ isDeduplicated: true });
    }
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      if (pending.payload !== payload) this.#leafMemory.giveBack(payload);
      return pending.ticket;
    }
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

  /**
   * Removes blocks; resolves, once that is durable, to how many were here. One that is being put at
   * this moment, or is put from now on, stays. Bytes on disk become free by {@link compact} only, and
   * an index made anew from the packs knows what was not compacted again.
   *
   * @throws IpfsKitError `storage_full` when not even that can be noted: then all are here
   */
  async remove(multihashes: readonly Uint8Array[]): Promise<number> {
    const { writer, index, reserve } = this.#parts();
    const leaving = multihashes.filter((multihash) => !this.#pending.has(keyOf(multihash)));
    const keys = leaving.map(keyOf);
    for (const key of keys) this.#removing.set(key, (this.#removing.get(key) ?? 0) + 1);
    try {
      // In turn: what is written now stays written, what is put from now on is written after.
      return await writer
        .inTurn(async () => reserve.spend(async () => index.remove(leaving)))
        .catch(asStoreError);
    } finally {
      for (const key of keys) countDown(this.#removing, key);
    }
  }

  /**
   * Frees the room of removed blocks: packs of which less than half is still needed are copied
   * together and deleted. Needs room for what is needed of one pack; one that is too large for that,
   * or that holds a damaged block, is left as it is. Reads, adds and pins go on meanwhile.
   *
   * @throws IpfsKitError `storage_full`: nothing is lost then, either
   */
  async compact({ signal }: AbortOptions = {}): Promise<Compacted> {
    const { compactor, reserve, stopping } = this.#parts();
    const either = anySignal(signal, stopping.signal);
    const turn = this.#compacting.then(async () => {
      throwIfAborted(either);
      const compact = async () => compactor.compact({ signal: either });
      const compacted = await reserve.spend(compact).catch(asStoreError);
      await reserve.tryHold();
      return compacted;
    });
    this.#compacting = turn.catch(() => {});
    return turn;
  }

  /**
   * Reads and hashes every block, pack by pack, and tells the damaged ones. Each stays known as
   * damaged until the same content is added again.
   */
  async *scrub({ signal, onProgress }: ScrubOptions = {}): AsyncGenerator<DamagedBlock, void> {
    const { scrubber, stopping } = this.#parts();
    yield* scrubber.scrub({ signal: anySignal(signal, stopping.signal), onProgress });
  }

  #parts(): Running {
    if (this.#running === undefined) {
      throw new InvalidStateError("The content store is not running: call start() first.");
    }
    return this.#running;
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
      this.#leafMemory.giveBack(record.payload);
    } else {
      countDown(this.#pendingPins, key);
    }
  }
}

function countDown(counts: Map<string, number>, key: string): void {
  const rest = (counts.get(key) ?? 1) - 1;
  if (rest === 0) counts.delete(key);
  else counts.set(key, rest);
}
