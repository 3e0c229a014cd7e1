import {
  abortReason,
  anySignal,
  type AddOptions,
  type AddResult,
  type CID,
  type ContentInfo,
  InvalidStateError,
  type ListPinsOptions,
  type Logger,
  mediaTypeOf,
  NotFoundError,
  type AbortOptions,
  type Observer,
  type Pin,
  type PinOptions,
  type PinPage,
  type ReadOptions,
  throwIfAborted,
} from "@ipfs-kit/core";
import { assertComplete, importFile, readFile, statNode } from "@ipfs-kit/unixfs";

import { PackSink } from "./block-sink.ts";
import { PackBlocks } from "./blocks.ts";
import { DirectoryLock } from "./directory-lock.ts";
import type { EmbeddedStore } from "./index.ts";
import { PackStore, type PackStoreInit } from "./pack-store/index.ts";
import { checkName, encodePin, isKeptAlready, pinKey } from "./pins.ts";

export interface PackContentStoreInit extends PackStoreInit {
  observer: Pick<Observer, "operationStarted">;
  readAheadBlocks: number | undefined;
}

/** The content store on packs: joins importer, reader and pins, and keeps their lifetime. */
export class PackContentStore implements EmbeddedStore {
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #observer: Pick<Observer, "operationStarted">;
  readonly #readAhead: number | undefined;
  readonly #packs: PackStore;
  readonly #blocks: PackBlocks;
  /** Fires when the store stops: ends the adds that are under way. */
  #stopping = new AbortController();
  #lock: DirectoryLock | undefined;
  /** Starts and stops, one after the other. */
  #transition: Promise<void> = Promise.resolve();

  constructor({ observer, readAheadBlocks, ...packs }: PackContentStoreInit) {
    this.#directory = packs.directory;
    this.#logger = packs.logger;
    this.#observer = observer;
    this.#readAhead = readAheadBlocks;
    this.#packs = new PackStore(packs);
    this.#blocks = new PackBlocks(this.#packs);
  }

  get blocks(): PackBlocks {
    return this.#blocks;
  }

  async start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#lock !== undefined) return;
      const lock = await DirectoryLock.acquire(this.#directory);
      try {
        await this.#packs.start();
      } catch (error) {
        await lock.release();
        throw error;
      }
      this.#lock = lock;
      this.#stopping = new AbortController();
      this.#logger.info("content store open", { directory: this.#directory });
    });
  }

  async stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#lock === undefined) return;
      this.#stopping.abort(new InvalidStateError("The content store was stopped."));
      try {
        await this.#packs.stop();
      } finally {
        await this.#lock.release();
        this.#lock = undefined;
      }
      this.#logger.info("content store closed", { directory: this.#directory });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async add(source: AsyncIterable<Uint8Array>, options: AddOptions = {}): Promise<AddResult> {
    const ended = this.#observer.operationStarted({ name: "content.add" });
    const signal = anySignal(options.signal, this.#stopping.signal);
    try {
      const result = await this.#import(source, { ...options, signal });
      ended({ status: "succeeded", result: { cid: result.cid.toString(), size: result.size } });
      return result;
    } catch (error) {
      ended(signal.aborted ? { status: "cancelled" } : { status: "failed", error });
      throw signal.aborted ? abortReason(signal) : error;
    }
  }

  async stat(cid: CID, { signal }: AbortOptions = {}): Promise<ContentInfo> {
    throwIfAborted(signal);
    return statNode(this.#blocks, cid, { signal });
  }

  read(cid: CID, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
    return readFile(this.#blocks, cid, { ...options, readAhead: this.#readAhead });
  }

  async pin(cid: CID, { name, signal }: PinOptions = {}): Promise<void> {
    checkName(name);
    const { size } = await this.stat(cid, { signal });
    await assertComplete(this.#blocks, cid, { signal });
    await this.#packs.room({ signal });
    const pin: Pin = { cid, kind: "recursive", name, size, pinnedAt: new Date() };
    if (!this.#isKept(pin)) await this.#keep(pin);
  }

  async unpin(cid: CID, { signal }: AbortOptions = {}): Promise<void> {
    throwIfAborted(signal);
    await this.#packs.room({ signal });
    if (this.#packs.pins.get(cid) === undefined) {
      throw new NotFoundError(`${cid.toString()} is not pinned.`);
    }
    const record = { kind: "unpin", key: pinKey(cid), payload: new Uint8Array(0) } as const;
    await this.#packs.note(record).durable;
  }

  async listPins({ limit, cursor, signal }: ListPinsOptions = {}): Promise<PinPage> {
    throwIfAborted(signal);
    return this.#packs.pins.page({ limit, cursor });
  }

  async #import(
    source: AsyncIterable<Uint8Array>,
    { name, pin = true, onProgress, signal }: AddOptions,
  ): Promise<AddResult> {
    this.#packs.assertRunning();
    throwIfAborted(signal);
    checkName(name);
    const sink = new PackSink(this.#blocks, signal);
    const { cid, size, head } = await importFile(sink, source, { signal, onProgress });
    const mediaType = mediaTypeOf(name, head);
    await this.#packs.room({ signal });
    throwIfAborted(signal);
    sink.check();
    // From here it can no longer be cancelled: the pin travels in the same queue as the blocks and
    // becomes durable with the last of them, or fails with the first that does not.
    const root: Pin = { cid, kind: "recursive", name, size, mediaType, pinnedAt: new Date() };
    const isKept = !pin || (!sink.hasWritten && this.#isKept(root));
    const kept = isKept ? undefined : this.#keep(root);
    await sink.settled();
    await kept;
    return { cid, size, mediaType };
  }

  /** Whether a record of this pin would change nothing, now and when all that waits is written. */
  #isKept(pin: Pin): boolean {
    return (
      !this.#packs.isNoting(pinKey(pin.cid)) && isKeptAlready(this.#packs.pins.get(pin.cid), pin)
    );
  }

  #keep(pin: Pin): Promise<void> {
    return this.#packs.note({ kind: "pin", key: pinKey(pin.cid), payload: encodePin(pin) }).durable;
  }

  async #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#transition.then(change);
    this.#transition = turn.catch(() => {});
    return turn;
  }
}
