import { IntegrityError, IpfsKitError } from "@ipfs-kit/core";

import { systemCodeOf } from "./file-io.ts";

/** What systems answer when no more can be written: disk, quota or file size limit. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** When a disk takes no writes: it was made read-only, or it is failing. */
const REFUSED = new Set(["EROFS", "EIO", "EACCES", "EPERM"]);
/** When the process or the system has no more of what a call needs: says nothing about the files. */
const SHORTAGE = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);
/** SQLite's primary result codes for a full disk, a malformed file, and no database at all. */
const SQLITE_FULL = 13;
/** SQLite's for a database that may not be written, and for a system call that failed. */
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

export function storageFull(why: string, cause?: unknown): IpfsKitError {
  const message = `Nothing more can be stored: ${why}. Remove content or give it more space.`;
  return new IpfsKitError("storage_full", message, { cause });
}

/**
 * Why a directory cannot be used. Says which path it is about when the system does: a pack that is a
 * folder, an index that cannot be read.
 */
export function unusableDirectory(directory: string, cause: unknown): IpfsKitError {
  const why = cause instanceof Error ? cause.message : "unknown reason";
  return new IpfsKitError(
    "data_directory",
    `The directory ${directory} cannot be used to store content (${why}). Make it writable and sound, or choose another directory.`,
    { cause, details: { directory } },
  );
}

/** Throws what a failed call on files or index means to the caller of the store. */
export function asStoreError(error: unknown): never {
  if (error instanceof IpfsKitError) throw error;
  if (isFull(error)) throw storageFull("the disk is full", error);
  if (systemCodeOf(error) === "ENOENT") {
    throw new IntegrityError("A pack file is missing.", { cause: error });
  }
  if (isDamagedIndex(error)) {
    throw new IntegrityError("The index is damaged; a restart rebuilds it.", { cause: error });
  }
  if (isShortage(error)) throw tooBusy(error);
  if (isRefused(error)) throw diskRefuses(error);
  throw error;
}

/** Whether a call on files or index failed because there is no room. */
export function isFull(error: unknown): boolean {
  if (error instanceof IpfsKitError) return error.code === "storage_full";
  return FULL.has(systemCodeOf(error) ?? "") || sqliteCodeOf(error) === SQLITE_FULL;
}

/** Whether a call failed for want of file handles or memory: the same call may do later. */
export function isShortage(error: unknown): boolean {
  return SHORTAGE.has(systemCodeOf(error) ?? "");
}

function tooBusy(cause: unknown): IpfsKitError {
  const why = cause instanceof Error ? cause.message : "unknown reason";
  const message = `The system has no room for one more open file now (${why}). Try again, or raise its limits.`;
  return new IpfsKitError("unavailable", message, { cause });
}

function isRefused(error: unknown): boolean {
  const sqlite = sqliteCodeOf(error);
  const isSqlite = sqlite === SQLITE_READONLY || sqlite === SQLITE_IOERR;
  return isSqlite || REFUSED.has(systemCodeOf(error) ?? "");
}

function diskRefuses(cause: unknown): IpfsKitError {
  const why = cause instanceof Error ? cause.message : "unknown reason";
  const message = `The disk with the content does not do its work (${why}). What can be read still is; see to the disk.`;
  return new IpfsKitError("unavailable", message, { cause });
}

/** Whether an index failed because of what is in it: then it can be made anew from the packs. */
export function isDamagedIndex(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return error instanceof IntegrityError || code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** Whether a call of the index on its files failed. */
export function isIoError(error: unknown): boolean {
  return sqliteCodeOf(error) === SQLITE_IOERR;
}

/** The primary result code: the low byte of the extended one. */
function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode % 256 : undefined;
}
