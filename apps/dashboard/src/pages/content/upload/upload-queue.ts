import { Emitter } from "@ipfs-kit/core";

import { type Failure, failureOf } from "../../../errors/failure.ts";
import { RateEstimator } from "./rate-estimator.ts";

/** Uploads that run at the same time. */
const PARALLEL = 2;

export type UploadStatus =
  | "waiting"
  | "sending"
  /** Everything was sent; the server has not confirmed yet. */
  | "storing"
  | "added"
  | "cancelled"
  | "failed";

/** A file on its way, as it is shown. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly mediaType: string;
  readonly status: UploadStatus;
  readonly sentBytes: number;
  readonly storedBytes: number;
  readonly bytesPerSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
  readonly cid?: string;
  readonly failure?: Failure;
}

export type SendFile = (
  file: File,
  options: {
    signal: AbortSignal;
    /** Bytes of the file that left this machine. */
    onSent: (bytes: number) => void;
    /** Bytes the server says it has taken in. */
    onStored: (bytes: number) => void;
  },
) => Promise<string>;

export interface UploadQueueInit {
  send: SendFile;
  /** Milliseconds that never go backwards. */
  now: () => number;
}

interface Entry {
  upload: Upload;
  file: File;
  abort: AbortController;
  rate: RateEstimator;
}

const OVER: ReadonlySet<UploadStatus> = new Set(["added", "cancelled", "failed"]);

/** Whether nothing more happens to an upload by itself. */
export function isOver(status: UploadStatus): boolean {
  return OVER.has(status);
}

/** Files that are added, two at a time; each can be cancelled, and tried again. */
export class UploadQueue {
  readonly events = new Emitter<{
    /** Something in {@link uploads} changed: on every piece of progress. */
    changed: undefined;
    /** A file was confirmed by the server; once per file. */
    added: Upload;
  }>();
  readonly #init: UploadQueueInit;
  #entries: Entry[] = [];
  #snapshot: readonly Upload[] = [];
  #nextId = 1;

  constructor(init: UploadQueueInit) {
    this.#init = init;
  }

  /** Newest last. A new array after every change. */
  get uploads(): readonly Upload[] {
    return this.#snapshot;
  }

  add(files: readonly File[]): void {
    for (const file of files) {
      const upload: Upload = {
        id: this.#nextId,
        name: file.name,
        size: file.size,
        mediaType: file.type,
        status: "waiting",
        sentBytes: 0,
        storedBytes: 0,
      };
      this.#nextId += 1;
      this.#entries.push({
        upload,
        file,
        abort: new AbortController(),
        rate: new RateEstimator(),
      });
    }
    this.#publish();
    this.#startNext();
  }

  cancel(id: number): void {
    const entry = this.#entries.find(({ upload }) => upload.id === id);
    if (entry === undefined || isOver(entry.upload.status)) return;
    entry.abort.abort();
    this.#set(entry, { status: "cancelled" });
    this.#startNext();
  }

  retry(id: number): void {
    const entry = this.#entries.find(({ upload }) => upload.id === id);
    if (entry === undefined || !["cancelled", "failed"].includes(entry.upload.status)) return;
    const { name, size, mediaType } = entry.upload;
    entry.abort = new AbortController();
    entry.rate = new RateEstimator();
    entry.upload = { id, name, size, mediaType, status: "waiting", sentBytes: 0, storedBytes: 0 };
    this.#publish();
    this.#startNext();
  }

  /** Forgets what is over. */
  clear(): void {
    this.#entries = this.#entries.filter(({ upload }) => !isOver(upload.status));
    this.#publish();
  }

  /** Cancels everything. */
  close(): void {
    for (const { upload } of this.#entries) this.cancel(upload.id);
  }

  #startNext(): void {
    const running = this.#entries.filter(({ upload }) =>
      ["sending", "storing"].includes(upload.status),
    );
    const waiting = this.#entries.filter(({ upload }) => upload.status === "waiting");
    for (const entry of waiting.slice(0, Math.max(0, PARALLEL - running.length))) {
      void this.#run(entry);
    }
  }

  async #run(entry: Entry): Promise<void> {
    const { file, abort } = entry;
    // After a cancel and a retry the entry belongs to another run.
    const mine = () => entry.abort === abort && !abort.signal.aborted;
    this.#set(entry, { status: "sending" });
    entry.rate.add(0, this.#init.now());
    try {
      const cid = await this.#init.send(file, {
        signal: abort.signal,
        onSent: (bytes) => {
          if (mine()) this.#progress(entry, bytes);
        },
        onStored: (bytes) => {
          if (mine()) this.#set(entry, { storedBytes: Math.min(bytes, file.size) });
        },
      });
      if (!mine()) return;
      this.#set(entry, { status: "added", sentBytes: file.size, storedBytes: file.size, cid });
      this.events.emit("added", entry.upload);
    } catch (error) {
      if (mine()) this.#set(entry, { status: "failed", failure: failureOf(error) });
    } finally {
      this.#startNext();
    }
  }

  #progress(entry: Entry, sentBytes: number): void {
    const { rate, file } = entry;
    rate.add(sentBytes, this.#init.now());
    this.#set(entry, {
      sentBytes,
      status: sentBytes >= file.size ? "storing" : "sending",
      bytesPerSecond: rate.perSecond,
      secondsLeft: rate.secondsLeft(file.size),
    });
  }

  #set(entry: Entry, change: Partial<Upload>): void {
    entry.upload = { ...entry.upload, ...change };
    this.#publish();
  }

  #publish(): void {
    this.#snapshot = this.#entries.map(({ upload }) => upload);
    this.events.emit("changed", undefined);
  }
}
