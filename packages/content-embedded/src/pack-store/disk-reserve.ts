import { randomFillSync } from "node:crypto";
import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Logger } from "@ipfs-kit/core";

import { isFull, storageFull } from "./store-errors.ts";

/** Enough for the index to note the removal of a page of blocks. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Of a small disk no larger part than this is kept back. */
const SHARE_OF_DISK = 1 / 16;

/**
 * Room kept back on the disk, as a file nobody needs. Even removing needs some room, and so does a
 * start: on a full disk this file goes first. Until it is there again, nothing is taken in.
 */
export class DiskReserve {
  readonly #directory: string;
  readonly #path: string;
  readonly #logger: Logger;
  #isHeld = false;

  constructor(directory: string, logger: Logger) {
    this.#directory = directory;
    this.#path = join(directory, "reserve");
    this.#logger = logger;
  }

  /** Keeps the room back. @throws the system's error when there is not as much */
  async hold(): Promise<void> {
    if (this.#isHeld) return;
    const { blocks, bavail, bsize } = await statfs(this.#directory);
    const bytes = Math.min(MOST_BYTES, Math.floor(blocks * bsize * SHARE_OF_DISK));
    if ((await this.#bytes()) < bytes) {
      // Asked first: a full disk is not to be written to again and again.
      if (bavail * bsize < bytes) throw storageFull("the disk is full");
      await this.#write(bytes);
    }
    this.#isHeld = true;
  }

  /** Like {@link hold}; without the room, the next who takes something in is told. */
  async tryHold(): Promise<void> {
    await this.hold().catch((error) => {
      this.#logger.warn("no room to be kept back: only removing is possible", { error });
    });
  }

  /** Gives the room back to the disk; whether there was any. */
  async give(): Promise<boolean> {
    if ((await this.#bytes()) === 0) return false;
    this.#logger.warn("the disk is full: the room kept back is used");
    this.#isHeld = false;
    await rm(this.#path, { force: true });
    return true;
  }

  /** Does the work; when there is no room for it, gives up what is kept back and does it again. */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isFull(error) || !(await this.give())) throw error;
      return work();
    }
  }

  async #bytes(): Promise<number> {
    return stat(this.#path).then(
      ({ size }) => size,
      () => 0,
    );
  }

  async #write(bytes: number): Promise<void> {
    try {
      // Random: a file system that compresses would keep nothing back for zeros.
      await writeFile(this.#path, randomFillSync(Buffer.allocUnsafe(bytes)));
    } catch (error) {
      await rm(this.#path, { force: true });
      throw error;
    }
  }
}
