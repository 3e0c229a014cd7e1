import { existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { errorCodeOf, IpfsKitError, type Logger } from "@ipfs-kit/core";

/** Raised when a table changes. */
const VERSION = 1;

/**
 * `seq` is the order of the first add: it never changes, so that pages stay good while rows come and
 * go; what was there before the metadata goes below 1. `kind` is the part of the media type before
 * the slash. `facts` holds one switch: whether all that was there before has been taken in.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    cid BLOB NOT NULL,
    name TEXT,
    size INTEGER,
    media_type TEXT,
    kind TEXT,
    duration REAL,
    width INTEGER,
    height INTEGER,
    codecs TEXT,
    tags TEXT,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    probe_status INTEGER NOT NULL,
    probe_reason TEXT,
    probe_attempts INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS records_by_media_type ON records (media_type, seq);
  CREATE INDEX IF NOT EXISTS records_by_kind ON records (kind, seq);
  DROP INDEX IF EXISTS records_to_probe;
  CREATE INDEX IF NOT EXISTS records_by_turn ON records (probe_attempts, seq) WHERE probe_status = 0;
  CREATE TABLE IF NOT EXISTS tags (
    tag TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (tag, seq)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};`;

/**
 * Opens the database, or makes a new one. A damaged one is put aside: all in it but names and tags
 * given by people can be found out again.
 *
 * @throws IpfsKitError `data_directory` when it cannot be used, another process has it, or it is of a
 *   later version
 */
export function openMetadataDatabase(path: string, logger: Logger): DatabaseSync {
  try {
    return open(path);
  } catch (error) {
    if (errorCodeOf(error) === "data_directory") throw error;
    if (hasErrcode(error, BUSY)) {
      throw new IpfsKitError("data_directory", `${path} is in use by another process.`, {
        cause: error,
      });
    }
    if (!hasErrcode(error, DAMAGE)) throw unusable(path, error);
    const aside = `${path}.damaged-${Date.now()}`;
    logger.error("the metadata is damaged: put aside, and begun anew", { error, aside });
    for (const suffix of ["", "-wal", "-shm"]) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    return open(path);
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // Exclusive: in front of Kubo this is what keeps a second server out of the data folder.
    database.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
    );
    database.exec("BEGIN IMMEDIATE; COMMIT");
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    if (typeof version !== "number" || version > VERSION) {
      throw new IpfsKitError(
        "data_directory",
        `${path} was written by a later version of IPFS Kit: use that one.`,
      );
    }
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * What a failed write means to whoever asked for it.
 *
 * @returns IpfsKitError `storage_full`; anything else as it is
 */
export function writeFailure(error: unknown): unknown {
  if (!hasErrcode(error, FULL)) return error;
  return new IpfsKitError("storage_full", "There is no room on the disk for the metadata.", {
    cause: error,
  });
}

/** SQLITE_FULL. */
const FULL: ReadonlySet<unknown> = new Set([13]);
/** SQLITE_BUSY, SQLITE_LOCKED. */
const BUSY: ReadonlySet<unknown> = new Set([5, 6]);
/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGE: ReadonlySet<unknown> = new Set([11, 26]);

function hasErrcode(error: unknown, codes: ReadonlySet<unknown>): boolean {
  return error instanceof Error && "errcode" in error && codes.has(error.errcode);
}

function unusable(path: string, cause: unknown): IpfsKitError {
  return new IpfsKitError("data_directory", `${path} cannot be used.`, { cause });
}
