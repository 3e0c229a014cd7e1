import { ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { type FileHandle, rm } from "node:fs/promises";
import { dirname } from "node:path";

import type { LogFolder } from "./log-folder.ts";

/** A file that has so much is followed by the next. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** What may wait for a slow disk; lines beyond are left out and counted. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** After a fault the disk is left alone for so long. */
const RETRY_MS = 30_000;

export interface LogFileWriterInit {
  folder: LogFolder;
  /** Lines are not written any more: told once, until they are again. */
  onTrouble: (error: unknown) => void;
  /** Lines are written again; so many were left out. */
  onRecovered: (lostLines: number) => void;
  /** @default 64 MiB */
  maxFileBytes?: number;
  /** @default 30 000 */
  retryMs?: number;
  /** @default the clock of the machine */
  now?: () => Date;
}

/** The file that is written to. */
interface OpenFile {
  path: string;
  handle: FileHandle;
  day: string;
  /** Whole lines in it. */
  bytes: number;
}

/**
 * Writes lines to files that follow each other by day and size. What the disk is busy with never holds
 * anybody up: lines are gathered meanwhile. A disk that is full or gone costs lines, not the server.
 */
export class LogFileWriter {
  readonly #init: LogFileWriterInit;
  readonly #maxFileBytes: number;
  readonly #now: () => Date;
  #file: OpenFile | undefined;
  /** Lines nobody has begun to write. */
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** What is being written at the end of the file. */
  #writing: Buffer | undefined;
  #pumping: Promise<void> | undefined;
  #lostLines = 0;
  #troubleUntil: number | undefined;
  #ended = false;

  constructor(init: LogFileWriterInit) {
    this.#init = init;
    this.#maxFileBytes = init.maxFileBytes ?? MAX_FILE_BYTES;
    this.#now = init.now ?? (() => new Date());
  }

  /**
   * Makes the first file.
   *
   * @throws the error of the file system
   */
  async open(): Promise<void> {
    await this.#fileFor(0);
  }

  write(line: string): void {
    const inTrouble = this.#troubleUntil !== undefined && performance.now() < this.#troubleUntil;
    if (this.#ended || inTrouble || this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#lostLines += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#pumping ??= this.#pump();
  }

  /** Resolves when what was written until now is with the operating system. */
  async flush(): Promise<void> {
    await this.#pumping;
  }

  /** Writes the rest and lets go of the file. Takes no lines afterwards. */
  async close(): Promise<void> {
    await this.flush();
    this.#ended = true;
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  /** Writes the rest at once, for the moment the process ends. Takes no lines afterwards. */
  flushSync(): void {
    if (this.#ended) return;
    this.#ended = true;
    try {
      const text = Buffer.from(this.#waiting.splice(0).join(""));
      // What is under way may be written or not: writing it again at the same place does no harm.
      const rest = Buffer.concat([this.#writing ?? Buffer.alloc(0), text]);
      if (rest.length === 0 || this.#troubleUntil !== undefined) return;
      writeAllSync(this.#file?.handle.fd ?? this.#createSync(), rest, this.#file?.bytes ?? 0);
    } catch {
      // The process ends; there is nobody left to tell.
    }
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#ended) {
      const lines = this.#waiting;
      const count = lines.length;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#append(Buffer.from(lines.join("")));
        this.#recovered();
      } catch (error) {
        await this.#failed(count, error);
      }
    }
    this.#pumping = undefined;
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#writing = bytes;
    const file = await this.#fileFor(bytes.length);
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await file.handle.write(
        bytes,
        written,
        bytes.length - written,
        file.bytes + written,
      );
      written += bytesWritten;
    }
    file.bytes += bytes.length;
    this.#writing = undefined;
  }

  /** The file for so many more bytes: a new one on a new day, or when they are too many for this one. */
  async #fileFor(bytes: number): Promise<OpenFile> {
    const now = this.#now();
    const day = now.toISOString().slice(0, 10);
    const current = this.#file;
    if (current !== undefined) {
      const fits = current.bytes === 0 || current.bytes + bytes <= this.#maxFileBytes;
      if (current.day === day && fits) return current;
      this.#file = undefined;
      await current.handle.close();
    }
    const { path, handle } = await this.#init.folder.create(now);
    this.#file = { path, handle, day, bytes: 0 };
    // What cannot be deleted now is looked at again with the next file.
    await this.#init.folder.prune(now, path).catch(() => {});
    return this.#file;
  }

  #recovered(): void {
    const wasInTrouble = this.#troubleUntil !== undefined;
    const lost = this.#lostLines;
    this.#troubleUntil = undefined;
    this.#lostLines = 0;
    if (wasInTrouble || lost > 0) this.#init.onRecovered(lost);
  }

  async #failed(lines: number, error: unknown): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#writing = undefined;
    this.#lostLines += lines;
    const first = this.#troubleUntil === undefined;
    this.#troubleUntil = performance.now() + (this.#init.retryMs ?? RETRY_MS);
    if (first) this.#init.onTrouble(error);
    // Half a line at the end would be no JSON.
    await file?.handle.truncate(file.bytes).catch(() => {});
    await file?.handle.close().catch(() => {});
    // Each new try makes a file; a disk that is full for days must not be left with thousands.
    if (file?.bytes === 0) await rm(file.path, { force: true }).catch(() => {});
  }

  #createSync(): number {
    const path = this.#init.folder.nextPath(this.#now());
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    return openSync(path, "wx", 0o640);
  }
}

function writeAllSync(fd: number, bytes: Buffer, position: number): void {
  let written = 0;
  try {
    while (written < bytes.length) {
      written += writeSync(fd, bytes, written, bytes.length - written, position + written);
    }
  } catch (error) {
    ftruncateSync(fd, position);
    throw error;
  }
}
