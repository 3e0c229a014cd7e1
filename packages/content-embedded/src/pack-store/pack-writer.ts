import type { FileHandle } from "node:fs/promises";

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

/** The pack that is written. */
interface CurrentPack {
  id: number;
  /** How much of it counts: durable, and known to the index. */
  bytes: number;
  /** Up to where it is written. */
  end: number;
}

/** Records that were written and are not durable yet. */
export interface WrittenGroup {
  records: readonly PackRecord[];
  pack: number;
  /** Where the first of them stands. */
  start: number;
  end: number;
}

/** Somebody deleted the pack while it was written: nothing of the group is anywhere. */
export class PackGoneError extends Error {}

/**
 * Appends groups of records: write, sync the pack, commit the index; in this order, or not at all. One
 * group may be written while the one before is synced, not more, so that what a power cut can tear
 * stays within `LARGEST_UNSYNCED_BYTES` (scan.ts) of the end. Of the newest pack the index may lose its last
 * commits in a power cut: the next start takes the records in from the pack. Before another pack
 * becomes the newest, all commits are synced.
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
  #waiting = 0;

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
    this.#current = { id: newest, bytes, end: bytes };
    this.#bytesOnDisk += bytes - (known.get(newest) ?? 0);
  }

  /** Where the next record will stand at the earliest. */
  get position(): Pick<Place, "pack" | "offset"> {
    const { id, end } = this.#current ?? { id: this.#nextId, end: PACK_HEADER_BYTES };
    return { pack: id, offset: end };
  }

  /** Work on packs and index that nothing else may come between; one after the other. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const turn = this.#turn.then(async () => {
      this.#waiting -= 1;
      return work();
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Whether somebody waits for his turn. */
  get isWanted(): boolean {
    return this.#waiting > 0;
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

  /**
   * Resolves when the records are durable and indexed. For those whose turn it is, while nothing
   * written waits to be sealed.
   */
  async append(records: readonly PackRecord[]): Promise<void> {
    try {
      await this.seal(await this.write(records));
    } catch (error) {
      if (!(error instanceof PackGoneError)) {
        await this.takeBack();
        throw error;
      }
      await this.leaveGonePack();
      await this.seal(await this.write(records));
    }
  }

  /**
   * Writes a group behind the last one. For those whose turn it is.
   *
   * @param before settles when the group before is sealed: another pack is not begun earlier
   * @throws PackGoneError; the system's error, then {@link takeBack} is to be called
   */
  async write(records: readonly PackRecord[], before?: Promise<void>): Promise<WrittenGroup> {
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    const pack = this.#packWithRoom(bytes) ?? (await this.#nextPack(before));
    const { id, end: start } = pack;
    const end = start + bytes;
    pack.end = end;
    await this.#use(id, async (file) => writeAllAt(file, this.#encode(records, id, start), start));
    return { records, pack: id, start, end };
  }

  /**
   * Makes durable, then known, what was written first of all that is not yet.
   *
   * @throws PackGoneError; the system's or the index's error, then {@link takeBack} is to be called
   */
  async seal({ records, pack, start, end }: WrittenGroup): Promise<void> {
    await this.#use(pack, async (file) => {
      await file.datasync();
      // By somebody, while it was open.
      if (isDeleted(file)) throw new PackGoneError();
    });
    this.#index.commit({ isSynced: false, pack, packBytes: end, records: placed(records, start) });
    if (this.#current?.id === pack) this.#current.bytes = end;
    this.#bytesOnDisk += end - start;
  }

  /**
   * Takes back what is not sealed, before anybody is told that it failed. A pack that cannot be taken
   * back is not written to again, and nothing is acknowledged before the index knows of that.
   */
  async takeBack(): Promise<void> {
    const current = this.#current;
    if (current === undefined || current.end === current.bytes) return;
    const { id, bytes } = current;
    try {
      await this.#files.use(id, async (file) => {
        await file.truncate(bytes);
        await file.datasync();
      });
      // Takes the place of what a commit that failed may have left in the log of the index.
      this.#index.commit({ isSynced: true, pack: id, packBytes: bytes, records: [] });
      current.end = bytes;
    } catch (error) {
      this.#logger.error("a pack could not be cut back, going on in a new one", {
        pack: id,
        error,
      });
      this.#current = undefined;
      this.#retire(id);
    }
  }

  /** To be called after a {@link PackGoneError}: goes on in a new pack. */
  async leaveGonePack(): Promise<void> {
    const id = this.#current?.id;
    if (id === undefined) return;
    this.#logger.error("the pack being written was deleted, going on in a new one", { pack: id });
    this.#current = undefined;
    await this.#files.forget(id);
  }

  async #use<T>(pack: number, work: (file: FileHandle) => Promise<T>): Promise<T> {
    try {
      return await this.#files.use(pack, work);
    } catch (error) {
      throw systemCodeOf(error) === "ENOENT" ? new PackGoneError() : error;
    }
  }

  #encode(records: readonly PackRecord[], pack: number, start: number): Uint8Array[] {
    let offset = start;
    return records.flatMap((record) => {
      const header = encodeHeader(record, { salt: this.#salt, pack, offset });
      offset += recordBytes(record);
      return [header, record.payload];
    });
  }

  #packWithRoom(bytes: number): CurrentPack | undefined {
    const current = this.#current;
    const isEmpty = current?.end === PACK_HEADER_BYTES;
    return current && (isEmpty || current.end + bytes <= this.#packBytes) ? current : undefined;
  }

  async #nextPack(before: Promise<void> | undefined): Promise<CurrentPack> {
    await before;
    this.#announceNext();
    const id = this.#nextId;
    await this.#files.create(id, this.#salt);
    this.#nextId += 1;
    this.#bytesOnDisk += PACK_HEADER_BYTES;
    this.#current = { id, bytes: PACK_HEADER_BYTES, end: PACK_HEADER_BYTES };
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

  #retire(id: number): void {
    try {
      this.#announceNext();
    } catch (error) {
      // Tried again before the next group is written.
      this.#logger.error("a failed group may come back after a crash", { pack: id, error });
    }
  }
}

function placed(records: readonly PackRecord[], start: number): IndexedRecord[] {
  let end = start;
  return records.map((record) => {
    end += recordBytes(record);
    const { kind, key, payload } = record;
    return { kind, key, payload, offset: end - payload.length, length: payload.length };
  });
}
