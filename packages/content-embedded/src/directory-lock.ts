import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { IpfsKitError } from "@ipfs-kit/core";

import { makeDirectory } from "./pack-store/file-io.ts";
import { isFull, storageFull, unusableDirectory } from "./pack-store/store-errors.ts";

/**
 * Keeps a directory for one process. The lock is one the operating system holds for us (SQLite's, on
 * `lock.db`) and lets go of when the process ends, however it ends: a lock left by a crash, or one
 * whose process number now belongs to another program, cannot exist. `owner.pid` only tells people
 * who has it.
 */
export class DirectoryLock {
  readonly #database: DatabaseSync;
  readonly #ownerFile: string;

  private constructor(database: DatabaseSync, ownerFile: string) {
    this.#database = database;
    this.#ownerFile = ownerFile;
  }

  /**
   * Makes the directory if need be and locks it.
   *
   * @throws IpfsKitError `data_directory` when it cannot be written to, or is in use
   */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const ownerFile = join(directory, "owner.pid");
    const database = await openLock(directory);
    try {
      // Nothing is ever written: without a journal file the lock needs no room on the disk.
      database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;");
    } catch (error) {
      database.close();
      throw await inUse(directory, ownerFile, error);
    }
    try {
      await writeFile(ownerFile, `${process.pid}\n`);
    } catch (error) {
      // On a full disk people do without the note.
      if (!isFull(error)) {
        database.close();
        throw unusableDirectory(directory, error);
      }
    }
    return new DirectoryLock(database, ownerFile);
  }

  async release(): Promise<void> {
    // A note that cannot be removed misleads nobody for long: it is not what holds the lock.
    await rm(this.#ownerFile, { force: true }).catch(() => {});
    this.#database.close();
  }
}

async function openLock(directory: string): Promise<DatabaseSync> {
  try {
    await makeDirectory(directory);
    return new DatabaseSync(join(directory, "lock.db"), { timeout: 0 });
  } catch (error) {
    if (isFull(error)) throw storageFull("the disk is full", error);
    throw unusableDirectory(directory, error);
  }
}

async function inUse(directory: string, ownerFile: string, cause: unknown): Promise<IpfsKitError> {
  const owner = await readFile(ownerFile, "utf8").catch(() => "");
  const pid = Number.parseInt(owner, 10);
  if (!isBusy(cause)) return unusableDirectory(directory, cause);
  const holder = Number.isSafeInteger(pid) ? `process ${pid}` : "another process";
  return new IpfsKitError(
    "data_directory",
    `The directory ${directory} is in use by ${holder}. Stop it, or choose another directory.`,
    { cause, details: Number.isSafeInteger(pid) ? { directory, pid } : { directory } },
  );
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}
