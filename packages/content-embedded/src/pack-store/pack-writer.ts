import type { Logger } from "@ipfs-kit/core";

import { isDeleted, systemCodeOf, writeAllAt } from "./file-io.ts";
import type { PackFiles } from "./pack-files.ts";
import type { IndexedRecord, PackIndex, Place } from "./pack-index.ts";
import { PACK_HEADER_BYTES } from "./pack-header.ts";
import { encodeHeader, recordBytes, type PackRecord } from "./record.ts";

export interface PackWriterInit {
  files: PackFiles;
  index: PackIndex;
  packBytes: number;
  /** What goes into new packs: that of the newest pack which has one. */
  salt: Uint8Array;
  logger: Logger;
}

/** The pack that is written, and how much of it counts. */
interface CurrentPack {
  id: number;
  bytes: number;
}

/**
 * Appends groups of records: write, sync the pack, commit the index; in this order, or not at all. Of
 * the newest pack the index may lose its last commits in a power cut: the next start takes the records
 * in from the pack. Before another pack becomes the newest, all commits are synced.
 */
export class PackWriter {
  readonly #files: PackFiles;
  readonly #index: PackIndex;
  readonly #packBytes: number;
  readonly #salt: Uint8Array;
  readonly #logger: Logger;
  #current: CurrentPack | undefined;
  #nextId = 1;
  #bytesOnDisk = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ files, index, packBytes, salt, logger }: PackWriterInit) {
    this.#files = files;
    this.#index = index;
    this.#packBytes = packBytes;
    this.#salt = salt;
    this.#logger = logger;
  }

  /** Bytes of all packs. */
  get bytesOnDisk(): number {
    return this.#bytesOnDisk;
  }

  /**
   * Looks where to go on: at the end of the newest pack, when it is as the index knows it and its
   * header is sound.
   */
  async prepare(): Promise<void> {
    const known = this.#index.packs();
    const ids = await this.#files.list();
    const newest = ids.at(-1);
    this.#nextId = Math.max(0, ...ids, ...known.keys()) + 1;
    this.#bytesOnDisk = [...known.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (newest === undefined || newest !== this.#nextId - 1) return;
    const { size } = await this.#files.use(newest, async (file) => file.stat());
    const bytes = Math.max(known.get(newest) ?? 0, PACK_HEADER_BYTES);
    if (size !== bytes || (await this.#files.saltOf(newest)) === undefined) return;
    this.#current = { id: newest, bytes };
    this.#bytesOnDisk += bytes - (known.get(newest) ?? 0);
  }

  /** Where the next record will stand at the earliest. */
  get position(): Pick<Place, "pack" | "offset"> {
    const { id, bytes } = this.#current ?? { id: this.#nextId, bytes: PACK_HEADER_BYTES };
    return { pack: id, offset: bytes };
  }

  /** Work on packs and index that nothing else may come between; one after the other. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Goes on in a new pack, so that the one written until now can be compacted. */
  async rotate(): Promise<void> {
    return this.inTurn(async () => {
      this.#announceNext();
      this.#current = undefined;
    });
  }

  /** To be called for a pack that was deleted. */
  dropped(bytes: number): void {
    this.#bytesOnDisk -= bytes;
  }

  /** Resolves when the records are durable and indexed. */
  async append(records: readonly PackRecord[]): Promise<void> {
    return this.inTurn(async () => this.appendNow(records));
  }

  /** {@link append} for those whose turn it is. */
  async appendNow(records: readonly PackRecord[]): Promise<void> {
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    const pack = await this.#packWithRoom(bytes);
    try {
      await this.#files.use(pack.id, async (file) => {
        await writeAllAt(file, this.#encode(records, pack), pack.bytes);
        await file.datasync();
        // By somebody, while it was open.
        if (isDeleted(file)) throw new PackGoneError();
      });
      this.#index.commit({
        isSynced: false,
        pack: pack.id,
        packBytes: pack.bytes + bytes,
        records: placed(records, pack.bytes),
      });
    } catch (error) {
      if (isGone(error)) return this.#appendElsewhere(records, pack);
      await this.#undo(pack);
      throw error;
    }
    pack.bytes += bytes;
    this.#bytesOnDisk += bytes;
  }

  async #appendElsewhere(records: readonly PackRecord[], { id }: CurrentPack): Promise<void> {
    this.#logger.error("the pack being written was deleted, going on in a new one", { pack: id });
    this.#current = undefined;
    await this.#files.forget(id);
    return this.appendNow(records);
  }

  #encode(records: readonly PackRecord[], { id, bytes }: CurrentPack): Uint8Array[] {
    let offset = bytes;
    return records.flatMap((record) => {
      const header = encodeHeader(record, { salt: this.#salt, pack: id, offset });
      offset += recordBytes(record);
      return [header, record.payload];
    });
  }

  async #packWithRoom(bytes: number): Promise<CurrentPack> {
    const current = this.#current;
    const isEmpty = current?.bytes === PACK_HEADER_BYTES;
    if (current && (isEmpty || current.bytes + bytes <= this.#packBytes)) return current;
    this.#announceNext();
    const id = this.#nextId;
    await this.#files.create(id, this.#salt);
    this.#nextId += 1;
    this.#bytesOnDisk += PACK_HEADER_BYTES;
    this.#current = { id, bytes: PACK_HEADER_BYTES };
    return this.#current;
  }

  /**
   * Makes the next pack known to the index before there is anything in it. From then on the packs
   * before it are old: what stands behind their known ends is cut off at the next start, not taken in.
   */
  #announceNext(): void {
    // Also when this fails, or the making of the next: what is in doubt is not written to again.
    this.#current = undefined;
    this.#index.commit({ isSynced: true, pack: this.#nextId, packBytes: 0, records: [] });
  }

  /**
   * Takes back a group that failed, before anybody is told that it did. A pack that cannot be taken
   * back is not written to again, and nothing is acknowledged before the index knows of that.
   */
  async #undo({ id, bytes }: CurrentPack): Promise<void> {
    try {
      await this.#files.use(id, async (file) => {
        await file.truncate(bytes);
        await file.datasync();
      });
      // Takes the place of what a commit that failed may have left in the log of the index.
      this.#index.commit({ isSynced: true, pack: id, packBytes: bytes, records: [] });
    } catch (error) {
      this.#logger.error("a pack could not be cut back, going on in a new one", {
        pack: id,
        error,
      });
      this.#current = undefined;
      this.#retire(id);
    }
  }

  #retire(id: number): void {
    try {
      this.#announceNext();
    } catch (error) {
      // Tried again before the next group is written.
      this.#logger.error("a failed group may come back after a crash", { pack: id, error });
    }
  }
}

class PackGoneError extends Error {}

function isGone(error: unknown): boolean {
  return error instanceof PackGoneError || systemCodeOf(error) === "ENOENT";
}

function placed(records: readonly PackRecord[], start: number): IndexedRecord[] {
  let end = start;
  return records.map((record) => {
    end += recordBytes(record);
    const { kind, key, payload } = record;
    return { kind, key, payload, offset: end - payload.length, length: payload.length };
  });
}
