import { DatabaseSync, type StatementSync } from "node:sqlite";

import { IntegrityError } from "@ipfs-kit/core";

import { decodePin, PinTable } from "../pins.ts";
import { numberIn } from "../rows.ts";
import type { RecordKind } from "./record.ts";

/** Where the bytes of a block stand. */
export interface Place {
  pack: number;
  offset: number;
  length: number;
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
  pack: number;
  /** Up to where the pack holds records that count. */
  packBytes: number;
  records: readonly IndexedRecord[];
}

/** Raised when a table or the format of packs changes; an index of another version is rebuilt from the packs. */
const VERSION = 2;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS blocks (
    mh BLOB PRIMARY KEY, pack INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);`;

/**
 * What is where: blocks by multihash, packs with the length that counts, pins. Calls are synchronous;
 * each takes some microseconds, a commit as long as the disk needs for one sync.
 */
export class PackIndex {
  readonly pins: PinTable;
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #grow: StatementSync;

  /** @throws when the file is no sound index: delete it, open again, rebuild. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    try {
      this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      checkSound(this.#database);
      this.#database.exec(SCHEMA);
      this.pins = new PinTable(this.#database);
      this.#find = this.#database.prepare("SELECT pack, offset, length FROM blocks WHERE mh = ?");
      this.#put = this.#database.prepare("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)");
      this.#grow = this.#database.prepare("INSERT OR REPLACE INTO packs VALUES (?, ?)");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  find(multihash: Uint8Array): Place | undefined {
    const row = this.#find.get(multihash);
    if (row === undefined) return undefined;
    return {
      pack: numberIn(row, "pack"),
      offset: numberIn(row, "offset"),
      length: numberIn(row, "length"),
    };
  }

  /** Whether every pack was gone through since the index was made. */
  get isComplete(): boolean {
    return versionOf(this.#database) === VERSION;
  }

  markComplete(): void {
    this.#database.exec(`PRAGMA user_version = ${VERSION}`);
  }

  /** The length that counts of each pack. */
  packs(): Map<number, number> {
    const rows = this.#database.prepare("SELECT id, bytes FROM packs").all();
    return new Map(rows.map((row) => [numberIn(row, "id"), numberIn(row, "bytes")]));
  }

  /** All of it durable, or nothing. */
  commit({ pack, packBytes, records }: IndexChange): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const record of records) this.#apply(pack, record);
      this.#grow.run(pack, packBytes);
      this.#database.exec("COMMIT");
    } catch (error) {
      // A full disk makes SQLite roll back by itself; a second ROLLBACK would then hide the reason.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #apply(pack: number, { kind, key, offset, length, payload }: IndexedRecord): void {
    switch (kind) {
      case "block": {
        this.#put.run(key, pack, offset, length);
        return;
      }
      case "pin": {
        const pin = payload === undefined ? undefined : decodePin(payload);
        if (pin !== undefined) this.pins.put(pin);
        return;
      }
      case "unpin": {
        this.pins.delete(key);
      }
    }
  }
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
