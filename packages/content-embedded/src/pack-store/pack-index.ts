import { DatabaseSync, type StatementSync } from "node:sqlite";

import { IntegrityError } from "@ipfs-kit/core";

import { decodePin, encodePin, PinTable } from "../pins.ts";
import { bytesIn, numberIn, type Row } from "../rows.ts";
import type { RecordKind } from "./record.ts";
import { isFull, isIoError } from "./store-errors.ts";

/** Where the bytes of a block stand. */
export interface Place {
  pack: number;
  offset: number;
  length: number;
}

/** A block in a pack. */
export interface PlacedBlock extends Place {
  multihash: Uint8Array;
}

/** What of a pack the index still points to. */
export interface LiveShare {
  blocks: number;
  /** Of their payloads. */
  bytes: number;
}

/** A record that is in a pack and shall be in the index. */
export interface IndexedRecord {
  kind: RecordKind;
  key: Uint8Array;
  offset: number;
  length: number;
  /** Needed for pins only. */
  payload?: Uint8Array | undefined;
}

export interface IndexChange {
  /**
   * Whether the change must survive a power cut by itself, with all changes before it. What is also
   * in the newest pack need not: the next start takes it in from there.
   */
  isSynced: boolean;
  pack: number;
  /** Up to where the pack holds records that count. */
  packBytes: number;
  records: readonly IndexedRecord[];
}

/** Raised when a table or the format of packs changes; an index of another version is rebuilt from the packs. */
const VERSION = 3;

/** Memory for pages of the index: multihashes come in no order, so that each may be on any page. */
const CACHE_KIB = 32 * 1024;

/**
 * Pages in the log before it is worked into the index, which the event loop waits for: four times as
 * many as SQLite's default, for adds of small files change the same pages again and again. 16 MiB.
 */
const LOG_PAGES = 4_000;

/** In place of a length: the pack is given up, its file is to be deleted. */
const DROPPED = -1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS blocks (
    mh BLOB PRIMARY KEY, pack INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS blocks_by_place ON blocks (pack, offset, length);
  CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);`;

/**
 * What is where: blocks by multihash, packs with the length that counts, pins. Calls are synchronous;
 * each takes some microseconds, a synced commit as long as the disk needs. Commits reach the disk in
 * their order; a power cut may take the last ones that were not synced, a killed process none.
 */
export class PackIndex {
  readonly pins: PinTable;
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #move: StatementSync;
  readonly #delete: StatementSync;
  readonly #page: StatementSync;
  readonly #inPack: StatementSync;
  readonly #share: StatementSync;
  readonly #grow: StatementSync;

  /** How many blocks there are, kept up with every change; unknown until somebody asks. */
  #blocks: number | undefined;

  /** A synced commit failed and may be in the log all the same; until the next one that succeeds. */
  #isInDoubt = false;

  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** @throws when the file is no sound index: delete it, open again, rebuild. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      // Alone on the index: SQLite then needs no shared memory file, which a full disk would refuse.
      this.#database.exec("PRAGMA locking_mode = EXCLUSIVE;");
      this.#database.exec("PRAGMA journal_mode = WAL;");
      this.#database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      this.#database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
      checkSound(this.#database);
      this.#database.exec(SCHEMA);
      this.pins = new PinTable(this.#database);
      const prepare = (sql: string) => this.#database.prepare(sql);
      this.#find = prepare("SELECT pack, offset, length FROM blocks WHERE mh = ?");
      this.#insert = prepare("INSERT INTO blocks VALUES (?, ?, ?, ?) ON CONFLICT (mh) DO NOTHING");
      this.#move = prepare("UPDATE blocks SET pack = ?, offset = ?, length = ? WHERE mh = ?");
      this.#delete = prepare("DELETE FROM blocks WHERE mh = ?");
      this.#page = prepare("SELECT mh FROM blocks WHERE mh > ? ORDER BY mh LIMIT ?");
      this.#inPack = prepare(
        `SELECT mh, pack, offset, length FROM blocks
         WHERE pack = ? AND offset >= ? ORDER BY offset LIMIT ?`,
      );
      this.#share = prepare(
        "SELECT count(*) AS blocks, total(length) AS bytes FROM blocks WHERE pack = ?",
      );
      this.#grow = prepare("INSERT OR REPLACE INTO packs VALUES (?, ?)");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  find(multihash: Uint8Array): Place | undefined {
    const row = this.#find.get(multihash);
    return row === undefined ? undefined : placeIn(row);
  }

  /** Multihashes in ascending order, from the first behind `after`. */
  keys(after: Uint8Array, limit: number): Uint8Array[] {
    return this.#page.all(after, limit).map((row) => bytesIn(row, "mh"));
  }

  /** Blocks of a pack in the order in which they stand there, from an offset on. */
  blocksIn(pack: number, from: number, limit: number): PlacedBlock[] {
    return this.#inPack
      .all(pack, from, limit)
      .map((row) => Object.assign(placeIn(row), { multihash: bytesIn(row, "mh") }));
  }

  /** How many blocks there are. Only the first to ask waits: some 15 ms for a million. */
  count(): number {
    if (this.#blocks === undefined) {
      const row = this.#database.prepare("SELECT count(*) AS blocks FROM blocks").get();
      this.#blocks = row === undefined ? 0 : numberIn(row, "blocks");
    }
    return this.#blocks;
  }

  /** What of a pack is not superseded or removed. */
  shareOf(pack: number): LiveShare {
    const row = this.#share.get(pack);
    if (row === undefined) return { blocks: 0, bytes: 0 };
    return { blocks: numberIn(row, "blocks"), bytes: numberIn(row, "bytes") };
  }

  /** Whether every pack was gone through since the index was made. */
  get isComplete(): boolean {
    return versionOf(this.#database) === VERSION;
  }

  /** To be called once all packs were gone through. */
  markComplete(): void {
    if (this.isComplete) return;
    this.#database.exec(`PRAGMA synchronous = FULL; PRAGMA user_version = ${VERSION};`);
  }

  /** The length that counts of each pack. */
  packs(): Map<number, number> {
    return new Map([...this.#allPacks()].filter(([, bytes]) => bytes !== DROPPED));
  }

  /** Packs that were given up and whose files may still be there. */
  droppedPacks(): number[] {
    return [...this.#allPacks()].flatMap(([id, bytes]) => (bytes === DROPPED ? id : []));
  }

  /** Gives up a pack that holds no block any more. Durable. */
  dropPack(pack: number): void {
    this.#transaction(true, () => {
      const { blocks } = this.shareOf(pack);
      if (blocks > 0) throw new IntegrityError(`Pack ${pack} still holds ${blocks} blocks.`);
      this.#grow.run(pack, DROPPED);
    });
  }

  /** To be called when the file of a dropped pack is gone for good. */
  forgetPack(pack: number): void {
    this.#database.prepare("DELETE FROM packs WHERE id = ?").run(pack);
  }

  /** Removes blocks; all of it durable, or nothing. Returns how many were there. */
  remove(multihashes: readonly Uint8Array[]): number {
    let removed = 0;
    this.#transaction(true, () => {
      removed = 0;
      for (const multihash of multihashes) removed += Number(this.#delete.run(multihash).changes);
      this.#addToCount(-removed);
    });
    return removed;
  }

  /** All of it, or nothing. */
  commit({ isSynced, pack, packBytes, records }: IndexChange): void {
    this.#transaction(isSynced, () => {
      for (const record of records) this.#apply(pack, record);
      this.#grow.run(pack, packBytes);
    });
  }

  /**
   * Puts the pins in the order of their time. For an index made anew: compaction carries pins to
   * later packs than they were first written to.
   */
  orderPinsByTime(): void {
    this.#transaction(false, () => {
      this.#database.exec(`
        UPDATE pins SET seq = -ranked.rank FROM
          (SELECT seq AS old, row_number() OVER (ORDER BY pinned_at, seq) AS rank FROM pins) AS ranked
          WHERE ranked.old = pins.seq;
        UPDATE pins SET seq = -seq;`);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** `work` may be done twice: a full disk has room again once the log is worked in, and begun anew. */
  #transaction(isSynced: boolean, work: () => void): void {
    try {
      this.#attempt(isSynced, work);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#database.exec("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(RESTART);");
      this.#attempt(isSynced, work);
    }
  }

  #attempt(isSynced: boolean, work: () => void): void {
    this.#endDoubt();
    this.#database.exec(`PRAGMA synchronous = ${isSynced ? "FULL" : "NORMAL"}; BEGIN IMMEDIATE;`);
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#isInDoubt = isIoError(error);
      // Part of it was counted already.
      this.#blocks = undefined;
      // A full disk makes SQLite roll back by itself; a second ROLLBACK would then hide the reason.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /**
   * A sync that failed leaves a log of which nobody knows what is on disk: a commit told as failed may
   * be, one before it may not be, and no later sync says so. All is written to the database then, and
   * the log cut off.
   */
  #endDoubt(): void {
    if (!this.#isInDoubt) return;
    this.#database.exec("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);");
    this.#isInDoubt = false;
  }

  #addToCount(blocks: number): void {
    if (this.#blocks !== undefined) this.#blocks += blocks;
  }

  #allPacks(): Map<number, number> {
    const rows = this.#database.prepare("SELECT id, bytes FROM packs").all();
    return new Map(rows.map((row) => [numberIn(row, "id"), numberIn(row, "bytes")]));
  }

  #apply(pack: number, { kind, key, offset, length, payload }: IndexedRecord): void {
    switch (kind) {
      case "block": {
        if (this.#insert.run(key, pack, offset, length).changes > 0) this.#addToCount(1);
        else this.#move.run(pack, offset, length, key);
        return;
      }
      case "pin": {
        const pin = payload === undefined ? undefined : decodePin(payload);
        if (pin !== undefined) this.pins.put(pin);
        return;
      }
      case "restated": {
        if (payload !== undefined) this.#restate(key, payload);
        return;
      }
      case "unpin": {
        this.pins.delete(key);
      }
    }
  }

  /** Takes the place of all that was said of the pin; changes nothing when that comes to the same. */
  #restate(key: Uint8Array, payload: Uint8Array): void {
    const pin = decodePin(payload);
    if (pin === undefined) return;
    const known = this.pins.get(pin.cid);
    if (known !== undefined && Buffer.compare(encodePin(known), payload) === 0) return;
    this.pins.delete(key);
    this.pins.put(pin);
  }
}

function placeIn(row: Row): Place {
  return {
    pack: numberIn(row, "pack"),
    offset: numberIn(row, "offset"),
    length: numberIn(row, "length"),
  };
}

function versionOf(database: DatabaseSync): unknown {
  return database.prepare("PRAGMA user_version").get()?.["user_version"];
}

function checkSound(database: DatabaseSync): void {
  const version = versionOf(database);
  if (version !== 0 && version !== VERSION)
    throw new IntegrityError("The index has another version.");
  const verdict = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (verdict !== "ok") throw new IntegrityError(`The index is damaged: ${String(verdict)}`);
}
