import type { Logger } from "@ipfs-kit/core";

import { writeAllAt } from "./file-io.ts";
import type { PackFiles } from "./pack-files.ts";
import type { IndexedRecord, PackIndex } from "./pack-index.ts";
import { encodeHeader, recordBytes, type PackRecord } from "./record.ts";

export interface PackWriterInit {
  files: PackFiles;
  index: PackIndex;
  packBytes: number;
  logger: Logger;
}

/** The pack that is written, and how much of it counts. */
interface CurrentPack {
  id: number;
  bytes: number;
}

/** Appends groups of records: write, sync the pack, commit the index; in this order, or not at all. */
export class PackWriter {
  readonly #files: PackFiles;
  readonly #index: PackIndex;
  readonly #packBytes: number;
  readonly #logger: Logger;
  #current: CurrentPack | undefined;
  #nextId = 1;
  #bytesOnDisk = 0;

  constructor({ files, index, packBytes, logger }: PackWriterInit) {
    this.#files = files;
    this.#index = index;
    this.#packBytes = packBytes;
    this.#logger = logger;
  }

  /** Bytes of all packs. */
  get bytesOnDisk(): number {
    return this.#bytesOnDisk;
  }

  /** Looks where to go on: at the end of the newest pack, when it is as the index knows it. */
  async prepare(): Promise<void> {
    const known = this.#index.packs();
    const ids = await this.#files.list();
    const newest = ids.at(-1);
    this.#nextId = Math.max(0, ...ids, ...known.keys()) + 1;
    this.#bytesOnDisk = [...known.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (newest === undefined || newest !== this.#nextId - 1) return;
    const { size } = await this.#files.use(newest, async (file) => file.stat());
    const bytes = known.get(newest) ?? 0;
    if (size === bytes) this.#current = { id: newest, bytes };
  }

  async append(records: readonly PackRecord[]): Promise<void> {
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    const pack = await this.#packWithRoom(bytes);
    try {
      await this.#files.use(pack.id, async (file) => {
        const pieces = records.flatMap((record) => [encodeHeader(record), record.payload]);
        await writeAllAt(file, pieces, pack.bytes);
        await file.datasync();
      });
      this.#index.commit({
        pack: pack.id,
        packBytes: pack.bytes + bytes,
        records: placed(records, pack.bytes),
      });
    } catch (error) {
      await this.#undo(pack);
      throw error;
    }
    pack.bytes += bytes;
    this.#bytesOnDisk += bytes;
  }

  async #packWithRoom(bytes: number): Promise<CurrentPack> {
    const current = this.#current;
    const fits = current && (current.bytes === 0 || current.bytes + bytes <= this.#packBytes);
    if (current !== undefined && fits) return current;
    const id = this.#nextId;
    this.#nextId += 1;
    await this.#files.create(id);
    this.#current = { id, bytes: 0 };
    return this.#current;
  }

  /** Takes back a group that failed. A pack that cannot be taken back is not written to again. */
  async #undo({ id, bytes }: CurrentPack): Promise<void> {
    try {
      await this.#files.use(id, async (file) => {
        await file.truncate(bytes);
        await file.datasync();
      });
    } catch (error) {
      this.#logger.error("a pack could not be cut back, going on in a new one", {
        pack: id,
        error,
      });
      this.#current = undefined;
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
