import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  type CID,
  errorCodeOf,
  IpfsKitError,
  type Logger,
  type Startable,
  TaskScope,
  verifyBlock,
} from "@ipfs-kit/core";

import { type BlockCache, cacheKey, type CacheStats } from "./block-cache.ts";
import { CacheOrder } from "./cache-order.ts";

/** What file systems give out at a time; a file takes a multiple of it, and a name and an inode. */
const DISK_UNIT_BYTES = 4096;
const FILE_OVERHEAD_BYTES = 512;
/** Bytes on their way to the disk; blocks that come while there are more are not kept. */
const MAX_WRITING_BYTES = 16 * 1024 * 1024;
/** Files at most, whatever the room: each costs about a kilobyte of memory. */
const MAX_FILES = 262_144;
/** Longest multihash kept, so that its name fits every file system. */
const MAX_MULTIHASH_BYTES = 68;

/** `1220ab…-1048576`: the multihash and the length. */
const FILE_NAME = /^(?<key>(?:[\da-f]{2}){1,68})-(?<length>\d{1,8})$/;

export interface DiskCacheInit {
  /** Its own; whatever else is in it is removed. */
  directory: string;
  maxBytes: number;
  logger: Logger;
}

/**
 * Blocks in files, up to a number of bytes on disk. They are checked against their hash whenever they
 * are read, so nothing has to be synced: what a crash or a bad disk left is a miss, and goes. What
 * is there survives a restart; how often it was used does not.
 */
export class DiskCache implements BlockCache, Startable {
  readonly name = "disk";
  readonly #init: DiskCacheInit;
  readonly #order: CacheOrder;
  /** Length by key of what is in a file or on its way there. */
  readonly #lengths = new Map<string, number>();
  /** Blocks on their way to the disk. */
  readonly #writing = new Map<string, Uint8Array>();
  #tasks = new TaskScope({ name: "disk cache", onFailure: "isolate" });
  #writingBytes = 0;
  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #dropped = 0;
  #faults = 0;
  #lastFault: string | undefined;
  #isRunning = false;

  constructor(init: DiskCacheInit) {
    this.#init = init;
    this.#order = new CacheOrder({
      maxWeight: init.maxBytes,
      maxCount: MAX_FILES,
      onEvict: (key) => {
        this.#evictions += 1;
        this.#letGo(key);
      },
    });
  }

  /** The code of the last write that failed; absent again after one that worked. */
  get lastFault(): string | undefined {
    return this.#lastFault;
  }

  /**
   * Takes over what an earlier run left, as far as there is room for it.
   *
   * @throws IpfsKitError `data_directory`
   */
  async start(): Promise<void> {
    if (this.#isRunning) return;
    const { directory, logger } = this.#init;
    this.#tasks = new TaskScope({ name: "disk cache", onFailure: "isolate" });
    try {
      await this.#takeOver();
    } catch (error) {
      throw new IpfsKitError("data_directory", `The cache folder ${directory} cannot be used.`, {
        cause: error,
      });
    }
    this.#isRunning = true;
    logger.debug("disk cache open", { directory, entries: this.#order.count });
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#tasks.join();
    for (const key of Array.from(this.#order.keys())) this.#order.remove(key);
    this.#lengths.clear();
  }

  async get(cid: CID): Promise<Uint8Array | undefined> {
    const key = hexKey(cid);
    const bytes = await this.#read(key, cid);
    if (bytes === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    this.#order.use(key);
    return bytes;
  }

  put(cid: CID, bytes: Uint8Array): void {
    const key = hexKey(cid);
    if (!this.#isRunning || cid.multihash.bytes.length > MAX_MULTIHASH_BYTES) return;
    if (this.#order.has(key) || this.#writing.has(key)) return;
    if (this.#writingBytes + bytes.length > MAX_WRITING_BYTES) {
      this.#dropped += 1;
      return;
    }
    if (!this.#order.add(key, weightOf(bytes.length))) return;
    const copy = new Uint8Array(bytes);
    this.#lengths.set(key, copy.length);
    this.#writing.set(key, copy);
    this.#writingBytes += copy.length;
    void this.#tasks.spawn("write a block", async () => this.#write(key, copy));
  }

  has(cid: CID): boolean {
    return this.#order.has(hexKey(cid));
  }

  delete(cid: CID): void {
    const key = hexKey(cid);
    this.#order.remove(key);
    this.#letGo(key);
  }

  clear(): void {
    for (const key of Array.from(this.#order.keys())) {
      this.#order.remove(key);
      this.#letGo(key);
    }
  }

  stats(): CacheStats {
    return {
      hits: this.#hits,
      misses: this.#misses,
      bytes: this.#order.weight,
      maxBytes: this.#init.maxBytes,
      entries: this.#order.count,
      evictions: this.#evictions,
      dropped: this.#dropped,
      faults: this.#faults,
    };
  }

  async #takeOver(): Promise<void> {
    const { directory } = this.#init;
    await mkdir(directory, { recursive: true });
    for (const shard of await readdir(directory, { withFileTypes: true })) {
      const folder = join(directory, shard.name);
      if (!shard.isDirectory() || !/^[\da-f]{2}$/.test(shard.name)) {
        await rm(folder, { recursive: true, force: true });
        continue;
      }
      for (const name of await readdir(folder)) {
        if (!this.#adopt(shard.name, name)) await rm(join(folder, name), { recursive: true });
      }
    }
  }

  #adopt(shard: string, name: string): boolean {
    const { key, length } = FILE_NAME.exec(name)?.groups ?? {};
    if (key === undefined || length === undefined || !key.endsWith(shard)) return false;
    if (this.#order.count >= MAX_FILES) return false;
    if (this.#order.weight + weightOf(Number(length)) > this.#init.maxBytes) return false;
    if (!this.#order.add(key, weightOf(Number(length)))) return false;
    this.#lengths.set(key, Number(length));
    return true;
  }

  async #read(key: string, cid: CID): Promise<Uint8Array | undefined> {
    const writing = this.#writing.get(key);
    if (writing !== undefined) return new Uint8Array(writing);
    const length = this.#lengths.get(key);
    if (length === undefined) return undefined;
    const path = this.#pathOf(key, length);
    let bytes: Uint8Array;
    try {
      bytes = await readFile(path);
      if (bytes.length !== length) throw new Error(`It has ${bytes.length} bytes, not ${length}.`);
      await verifyBlock(cid, bytes);
    } catch (error) {
      this.#discard(key, length, error);
      return undefined;
    }
    // It may have been deleted while it was read.
    return this.#lengths.get(key) === length ? bytes : undefined;
  }

  /** What cannot be read is of no use; what was evicted meanwhile is no fault. */
  #discard(key: string, length: number, error: unknown): void {
    if (this.#lengths.get(key) !== length) return;
    this.#faults += 1;
    this.#order.remove(key);
    this.#letGo(key);
    this.#init.logger.warn("a block in the disk cache was unusable and is removed", { error });
  }

  /** Takes it out of what is given out, and its file away. */
  #letGo(key: string): void {
    const length = this.#lengths.get(key);
    this.#lengths.delete(key);
    // One on its way to the disk removes itself when it arrives.
    if (length === undefined || this.#writing.delete(key) || !this.#isRunning) return;
    void this.#tasks.spawn("remove a block", async () => this.#unlink(this.#pathOf(key, length)));
  }

  async #write(key: string, bytes: Uint8Array): Promise<void> {
    const { directory, logger } = this.#init;
    const path = this.#pathOf(key, bytes.length);
    const temporary = join(directory, `${randomUUID()}.part`);
    try {
      await mkdir(join(directory, key.slice(-2)), { recursive: true });
      await writeFile(temporary, bytes);
      if (this.#writing.get(key) !== bytes) return;
      await rename(temporary, path);
      this.#lastFault = undefined;
      if (this.#writing.get(key) !== bytes && !this.#lengths.has(key)) await this.#unlink(path);
    } catch (error) {
      this.#faults += 1;
      if (this.#lastFault === undefined) {
        logger.warn("the disk cache cannot be written to; reads go on without it", { error });
      }
      this.#lastFault = codeOf(error);
      if (this.#writing.get(key) === bytes) {
        this.#order.remove(key);
        this.#lengths.delete(key);
      }
    } finally {
      if (this.#writing.get(key) === bytes) this.#writing.delete(key);
      this.#writingBytes -= bytes.length;
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  async #unlink(path: string): Promise<void> {
    await unlink(path).catch((error: unknown) =>
      this.#init.logger.debug("a block in the disk cache was gone already", { error }),
    );
  }

  #pathOf(key: string, length: number): string {
    return join(this.#init.directory, key.slice(-2), `${key}-${length}`);
  }
}

function weightOf(length: number): number {
  return Math.ceil(length / DISK_UNIT_BYTES) * DISK_UNIT_BYTES + FILE_OVERHEAD_BYTES;
}

/** The same key as of other caches, in a form that can be a file name. */
function hexKey(cid: CID): string {
  return Buffer.from(cacheKey(cid), "latin1").toString("hex");
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return "storage_full";
  return errorCodeOf(error) === "internal" ? "unavailable" : errorCodeOf(error);
}
