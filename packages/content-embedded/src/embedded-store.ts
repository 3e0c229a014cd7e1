import {
  type AbortOptions,
  abortReason,
  type AddedEntry,
  type AddOptions,
  type AddResult,
  type AddTreeOptions,
  anySignal,
  type CID,
  type ContentEvents,
  type ContentInfo,
  Emitter,
  type ImportCarOptions,
  type ImportedCar,
  InvalidStateError,
  type ListPinsOptions,
  type Logger,
  mediaTypeOf,
  type Observer,
  type Pin,
  type PinOptions,
  type PinPage,
  type ReadOptions,
  type RepositoryStats,
  throwIfAborted,
  type TreeEntry,
} from "@ipfs-kit/core";
import { discardingSink, importFile, importTree, readFile, statNode } from "@ipfs-kit/unixfs";

import { addTree, type AddedRoot } from "./add-tree.ts";
import { PackSink } from "./block-sink.ts";
import { PackBlocks } from "./blocks.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { GarbageCollector } from "./garbage-collector.ts";
import { importArchive } from "./import-archive.ts";
import type { EmbeddedStore } from "./index.ts";
import { PackStore, type PackStoreInit } from "./pack-store/index.ts";
import { PinKeeper } from "./pin-keeper.ts";
import { checkName, type KeptPin } from "./pins.ts";
import { ReadsUnderWay } from "./reads-under-way.ts";
import { RootsLetGo } from "./roots-let-go.ts";
import { Turnstile } from "./turnstile.ts";
import { UnderWay } from "./under-way.ts";

export interface PackContentStoreInit extends PackStoreInit {
  observer: Pick<Observer, "operationStarted">;
  readAheadBlocks: number | undefined;
}

/** The content store on packs: joins importer, reader, pins and garbage, and keeps their lifetime. */
export class PackContentStore implements EmbeddedStore {
  readonly #init: PackContentStoreInit;
  readonly #logger: Logger;
  readonly #packs: PackStore;
  readonly #blocks: PackBlocks;
  readonly #events: Emitter<ContentEvents>;
  readonly #underWay: UnderWay;
  readonly #reads = new ReadsUnderWay();
  readonly #pinning = new Turnstile();
  readonly #letGo: RootsLetGo;
  readonly #garbage: GarbageCollector;
  readonly #keeper: PinKeeper;
  /** Fires when the store stops: ends what is under way. */
  #stopping = new AbortController();
  #lock: DirectoryLock | undefined;
  /** Starts and stops, one after the other. */
  #transition: Promise<void> = Promise.resolve();

  constructor(init: PackContentStoreInit) {
    this.#init = init;
    const { logger } = init;
    this.#logger = logger;
    const events = new Emitter<ContentEvents>((error, event) =>
      logger.error("a listener to content events threw", { event, error }),
    );
    const packs = new PackStore(init);
    const underWay = new UnderWay();
    const pinning = this.#pinning;
    const letGo = new RootsLetGo(packs);
    const blocks = new PackBlocks({
      packs,
      underWay,
      remove: async (multihash, options) => this.#garbage.remove(multihash, this.#until(options)),
    });
    const garbage = new GarbageCollector({
      packs,
      blocks,
      underWay,
      reads: this.#reads,
      pinning,
      letGo,
      onRootGone: (cid) => events.emit("content_removed", { cid }),
      logger,
    });
    this.#packs = packs;
    this.#blocks = blocks;
    this.#events = events;
    this.#underWay = underWay;
    this.#letGo = letGo;
    this.#garbage = garbage;
    this.#keeper = new PinKeeper({ packs, blocks, garbage, pinning, events });
  }

  get blocks(): PackBlocks {
    return this.#blocks;
  }

  get events(): Pick<Emitter<ContentEvents>, "on"> {
    return this.#events;
  }

  async start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#lock !== undefined) return;
      const { directory } = this.#init;
      const lock = await DirectoryLock.acquire(directory);
      try {
        await this.#packs.start();
      } catch (error) {
        await lock.release();
        throw error;
      }
      this.#lock = lock;
      this.#stopping = new AbortController();
      this.#logger.info("content store open", { directory });
    });
  }

  async stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#lock === undefined) return;
      this.#stopping.abort(new InvalidStateError("The content store was stopped."));
      // Whoever removes blocks or pins at this moment sees it and ends; after that nobody does.
      this.#garbage.stopped();
      await this.#pinning.alone(async () => this.#garbage.stopped());
      try {
        await this.#packs.stop();
      } finally {
        await this.#lock.release();
        this.#lock = undefined;
      }
      this.#logger.info("content store closed", { directory: this.#init.directory });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async add(source: AsyncIterable<Uint8Array>, options: AddOptions = {}): Promise<AddResult> {
    const { name, pin = true, onProgress, ...rest } = options;
    return this.#observed("content.add", rest, async (sink, settings) => {
      checkName(name);
      const { cid, size, head } = await importFile(sink, source, { ...settings, onProgress });
      const mediaType = mediaTypeOf(name, head);
      const root: KeptPin = { cid, kind: "recursive", name, size, mediaType, pinnedAt: new Date() };
      const { signal } = settings;
      throwIfAborted(signal);
      // The pin travels in the same queue as the blocks and becomes durable with the last of them,
      // or fails with the first that does not. Once it is queued nothing is cancelled any more.
      const kept = pin ? this.#keeper.keep(root, { signal, check: () => sink.check() }) : undefined;
      await Promise.all([kept, sink.settled()]);
      this.#rootAdded({ cid, size, mediaType, name }, pin);
      return { cid, size, mediaType };
    });
  }

  async *addTree(
    entries: AsyncIterable<TreeEntry>,
    { onlyHash = false, pin = true, ...options }: AddTreeOptions = {},
  ): AsyncGenerator<AddedEntry, void> {
    this.#packs.assertRunning();
    const { signal } = this.#until(options);
    throwIfAborted(signal);
    if (onlyHash) {
      const { name: _, ...settings } = options;
      yield* importTree(discardingSink, entries, { ...settings, signal });
      return;
    }
    const ended = this.#init.observer.operationStarted({ name: "content.add" });
    const operation = this.#underWay.begin();
    const sink = new PackSink(this.#packs, operation, signal);
    const onRootAdded = (root: AddedRoot) => this.#rootAdded(root, pin);
    let outcome: Parameters<typeof ended>[0] = { status: "cancelled" };
    try {
      const init = { sink, keeper: this.#keeper, onRootAdded };
      yield* addTree(entries, init, { ...options, pin, signal });
      outcome = { status: "succeeded" };
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      outcome = { status: "failed", error };
      throw error;
    } finally {
      await sink.idle();
      operation.end();
      ended(outcome);
    }
  }

  async importCar(
    source: AsyncIterable<Uint8Array>,
    { pin, ...options }: ImportCarOptions = {},
  ): Promise<ImportedCar> {
    const keeper = this.#keeper;
    return this.#observed("content.import", options, async (sink, { signal }) =>
      importArchive(source, { sink, keeper }, { pin, signal }),
    );
  }

  async stat(cid: CID, { signal }: AbortOptions = {}): Promise<ContentInfo> {
    throwIfAborted(signal);
    return statNode(this.#blocks, cid, { signal });
  }

  async *read(cid: CID, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const readAhead = this.#init.readAheadBlocks;
    const over = this.#reads.began(cid);
    let bytes = 0;
    let failed = false;
    try {
      for await (const piece of readFile(this.#blocks, cid, { ...options, readAhead })) {
        bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      over();
      if (!failed) this.#events.emit("content_retrieved", { cid, bytes });
    }
  }

  keepWhileRead(cid: CID): () => void {
    return this.#reads.began(cid);
  }

  async pin(cid: CID, options: PinOptions = {}): Promise<void> {
    await this.#keeper.pin(cid, this.#until(options));
  }

  async unpin(cid: CID, { signal }: AbortOptions = {}): Promise<void> {
    throwIfAborted(signal);
    await this.#keeper.unpin(cid, { signal });
  }

  async listPins({ limit, cursor, kind, signal }: ListPinsOptions = {}): Promise<PinPage> {
    throwIfAborted(signal);
    return this.#packs.pins.page({ limit, cursor, kind });
  }

  async findPin(cid: CID, { signal }: AbortOptions = {}): Promise<Pin | undefined> {
    throwIfAborted(signal);
    return this.#packs.pins.get(cid);
  }

  async *collectGarbage(options: AbortOptions = {}): AsyncGenerator<CID, void> {
    const ended = this.#init.observer.operationStarted({ name: "content.collect_garbage" });
    let outcome: Parameters<typeof ended>[0] = { status: "cancelled" };
    const { signal } = this.#until(options);
    try {
      yield* this.#garbage.collect({ signal });
      outcome = { status: "succeeded" };
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      outcome = { status: "failed", error };
      throw error;
    } finally {
      ended(outcome);
    }
  }

  async stats({ signal }: AbortOptions = {}): Promise<RepositoryStats> {
    throwIfAborted(signal);
    const { storageMaxBytes, directory } = this.#init;
    return {
      blocks: this.#packs.count(),
      bytes: this.#packs.bytesOnDisk,
      maxBytes: Number.isFinite(storageMaxBytes) ? storageMaxBytes : undefined,
      location: directory,
    };
  }

  /** Runs work that takes in blocks, which are safe from collection until it ends. */
  async #observed<Settings extends AbortOptions, T extends object>(
    name: string,
    settings: Settings,
    work: (sink: PackSink, settings: Settings & { signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const ended = this.#init.observer.operationStarted({ name });
    const options = this.#until(settings);
    const { signal } = options;
    try {
      this.#packs.assertRunning();
      throwIfAborted(signal);
      const operation = this.#underWay.begin();
      const sink = new PackSink(this.#packs, operation, signal);
      try {
        const result = await work(sink, options);
        ended({ status: "succeeded", result: factsOf(result) });
        return result;
      } finally {
        // What a failed one has queued can be collected as soon as its failure is known.
        await sink.idle();
        operation.end();
      }
    } catch (error) {
      ended(signal.aborted ? { status: "cancelled" } : { status: "failed", error });
      throw signal.aborted ? abortReason(signal) : error;
    }
  }

  #rootAdded(root: AddedRoot, pinned: boolean): void {
    if (!pinned) this.#letGo.addedWithoutPin(root.cid);
    this.#events.emit("content_added", { ...root, pinned });
  }

  /** The options with a signal that fires when the store stops, too. */
  #until<Options extends AbortOptions>(options: Options): Options & { signal: AbortSignal } {
    return { ...options, signal: anySignal(options.signal, this.#stopping.signal) };
  }

  async #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#transition.then(change);
    this.#transition = turn.catch(() => {});
    return turn;
  }
}

/** Of a result what fits into a report: numbers and the CID. */
function factsOf(result: object): Readonly<Record<string, unknown>> {
  const facts: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(result) as [string, unknown][]) {
    if (typeof value === "number") facts[name] = value;
    if (name === "cid") facts[name] = String(value);
  }
  return facts;
}
