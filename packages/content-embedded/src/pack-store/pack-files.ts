import { open, readdir, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { makeDirectory, readAt, syncDirectory, systemCodeOf, writeAllAt } from "./file-io.ts";
import { decodePackHeader, encodePackHeader, newSalt, PACK_HEADER_BYTES } from "./pack-header.ts";

interface OpenPack {
  handle: Promise<FileHandle>;
  users: number;
  /** Not lent out any more: closed by the last who uses it. */
  isGone?: boolean;
}

/** What systems answer when a file may be read and not written. */
const READ_ONLY = new Set(["EROFS", "EACCES", "EPERM"]);

/**
 * The pack files of a directory, `1.pack` and on. Keeps a bounded number of them open; one in use is
 * never closed.
 */
export class PackFiles {
  readonly #directory: string;
  readonly #maxOpen: number;
  /** Least recently used first. */
  readonly #open = new Map<number, OpenPack>();
  #idle: (() => void) | undefined;

  constructor(directory: string, maxOpen: number) {
    this.#directory = directory;
    this.#maxOpen = maxOpen;
  }

  /** Makes the directory if need be, and the names of all packs durable: a kill may have left some. */
  async prepare(): Promise<void> {
    await makeDirectory(this.#directory);
    await syncDirectory(this.#directory);
  }

  /** The numbers of the packs there are, ascending. */
  async list(): Promise<number[]> {
    const names = await readdir(this.#directory);
    return names
      .flatMap((name) => /^([1-9]\d{0,8})\.pack$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  /**
   * Makes a pack without records; header and name are durable when this resolves. What a failed
   * attempt left under the number is overwritten.
   */
  async create(id: number, salt: Uint8Array): Promise<void> {
    const handle = await open(this.#path(id), "w");
    try {
      await writeAllAt(handle, [encodePackHeader(salt)], 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncDirectory(this.#directory);
  }

  /** The salt in the header of a pack, `undefined` when the header is damaged. */
  async saltOf(id: number): Promise<Uint8Array | undefined> {
    return this.use(id, async (file) => decodePackHeader(await readAt(file, 0, PACK_HEADER_BYTES)));
  }

  /** The salt of the store: that of the newest pack which has one, else a new one. */
  async storeSalt(): Promise<Uint8Array> {
    const ids = await this.list();
    for (const id of ids.toReversed()) {
      const salt = await this.saltOf(id);
      if (salt !== undefined) return salt;
    }
    return newSalt();
  }

  /** Lends out the file of a pack for as long as `work` takes. */
  async use<T>(id: number, work: (file: FileHandle) => Promise<T>): Promise<T> {
    const pack = this.#open.get(id) ?? this.#openPack(id);
    // Deleted and set again: the end of the map is the most recently used.
    this.#open.delete(id);
    this.#open.set(id, pack);
    pack.users += 1;
    try {
      return await work(await this.#opened(id, pack));
    } finally {
      pack.users -= 1;
      if (pack.isGone === true && pack.users === 0) await closeQuietly(pack);
      await this.#trim();
    }
  }

  /** Deletes a pack, for good when this resolves. Who reads it now reads on undisturbed. */
  async remove(id: number): Promise<void> {
    await this.forget(id);
    await rm(this.#path(id), { force: true });
    await syncDirectory(this.#directory);
  }

  /** Opens the file anew for whoever uses it next: it may not be the one that was opened. */
  async forget(id: number): Promise<void> {
    const pack = this.#open.get(id);
    if (pack === undefined) return;
    this.#open.delete(id);
    pack.isGone = true;
    if (pack.users === 0) await closeQuietly(pack);
  }

  /** Waits for those who still use a file, then closes all. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    this.#tellWhenIdle();
    await promise;
    this.#idle = undefined;
    const packs = [...this.#open.values()];
    this.#open.clear();
    for (const { handle } of packs) await (await handle).close();
  }

  #openPack(id: number): OpenPack {
    const path = this.#path(id);
    const pack: OpenPack = { handle: open(path, "r+"), users: 0 };
    pack.handle = pack.handle.catch(async (error) => {
      if (!READ_ONLY.has(systemCodeOf(error) ?? "")) throw error;
      // Good for this one use: the disk may take writes again later.
      if (this.#open.get(id) === pack) this.#open.delete(id);
      pack.isGone = true;
      return open(path, "r");
    });
    return pack;
  }

  async #opened(id: number, pack: OpenPack): Promise<FileHandle> {
    try {
      return await pack.handle;
    } catch (error) {
      if (this.#open.get(id) === pack) this.#open.delete(id);
      throw error;
    }
  }

  async #trim(): Promise<void> {
    for (const [id, { users, handle }] of this.#open) {
      if (this.#open.size <= this.#maxOpen) break;
      if (users > 0) continue;
      this.#open.delete(id);
      await (await handle).close();
    }
    this.#tellWhenIdle();
  }

  #tellWhenIdle(): void {
    if ([...this.#open.values()].every(({ users }) => users === 0)) this.#idle?.();
  }

  #path(id: number): string {
    return join(this.#directory, `${id}.pack`);
  }
}

/** One that could not be opened needs no closing. */
async function closeQuietly({ handle }: OpenPack): Promise<void> {
  await handle.then(
    async (file) => file.close(),
    () => {},
  );
}
