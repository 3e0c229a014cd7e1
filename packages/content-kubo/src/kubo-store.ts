import {
  type AbortOptions,
  type AddedEntry,
  type AddOptions,
  type AddResult,
  type AddTreeOptions,
  type CID,
  type ContentEvents,
  type ContentInfo,
  Emitter,
  type ImportCarOptions,
  type ImportedCar,
  type ListPinsOptions,
  type Logger,
  mediaTypeOf,
  type Observer,
  type Outcome,
  type Pin,
  type PinOptions,
  type PinPage,
  type ReadOptions,
  type RepositoryStats,
  anySignal,
  throwIfAborted,
  type TreeEntry,
} from "@ipfs-kit/core";
import { importFile, importTree, readFile, statNode } from "@ipfs-kit/unixfs";

import type { KuboAuth } from "./api-address.ts";
import { type MakeDags, throwPinError, type Uploaded, uploadDags } from "./dag-upload.ts";
import { garbageOf } from "./garbage.ts";
import { importArchive } from "./import-archive.ts";
import type { KuboHealth, KuboStore } from "./index.ts";
import { KuboBlocks } from "./kubo-blocks.ts";
import { HealthRecord } from "./kubo-health.ts";
import { KuboMonitor } from "./kubo-monitor.ts";
import { checkName, KuboPins } from "./kubo-pins.ts";
import { PinPages } from "./pin-pages.ts";
import { rootSize } from "./root-size.ts";
import { RootsLetGo } from "./roots-let-go.ts";
import { field } from "./rpc/answer.ts";
import { notKubo } from "./rpc/kubo-error.ts";
import { KuboRpc, type KuboTimeouts } from "./rpc/kubo-rpc.ts";
import { uploadTree } from "./upload-tree.ts";

export interface KuboContentStoreInit {
  api: URL;
  auth: KuboAuth | undefined;
  timeouts: KuboTimeouts;
  offline: boolean;
  requireReachable: boolean;
  checkEveryMs: number;
  readAheadBlocks: number | undefined;
  logger: Logger;
  observer: Pick<Observer, "operationStarted">;
}

/** The content repository on Kubo: joins import, reader, pins and health, and keeps their lifetime. */
export class KuboContentStore implements KuboStore {
  readonly blocks: KuboBlocks;
  readonly #init: KuboContentStoreInit;
  readonly #events: Emitter<ContentEvents>;
  readonly #record = new HealthRecord();
  readonly #rpc: KuboRpc;
  readonly #pins: KuboPins;
  readonly #pages: PinPages;
  readonly #letGo = new RootsLetGo();
  #monitor: KuboMonitor | undefined;
  /** Starts and stops, one after the other. */
  #transition: Promise<void> = Promise.resolve();

  constructor(init: KuboContentStoreInit) {
    const { logger, offline } = init;
    const record = this.#record;
    const rpc = new KuboRpc({
      ...init,
      onOutcome: (outcome, error) => record.record(outcome, error),
    });
    this.#init = init;
    this.#rpc = rpc;
    this.#events = new Emitter((error, event) =>
      logger.error("a listener to content events threw", { event, error }),
    );
    this.blocks = new KuboBlocks({
      rpc,
      offline,
      onWrongBytes: (cid) => {
        record.wrongBytes(cid);
        logger.warn("Kubo gave bytes that do not match their CID", { cid: cid.toString() });
      },
    });
    this.#pins = new KuboPins(rpc);
    this.#pages = new PinPages(rpc);
  }

  get events(): Pick<Emitter<ContentEvents>, "on"> {
    return this.#events;
  }

  health(): KuboHealth {
    return this.#record.health(this.#rpc.breaker);
  }

  async start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#monitor !== undefined) return;
      const { logger, checkEveryMs, requireReachable } = this.#init;
      const rpc = this.#rpc;
      const monitor = new KuboMonitor({ rpc, record: this.#record, everyMs: checkEveryMs, logger });
      rpc.start();
      try {
        await monitor.check();
      } catch (error) {
        if (requireReachable) {
          await rpc.stop();
          throw error;
        }
        logger.warn("Kubo cannot be used yet; it is tried again", { error });
      }
      monitor.start();
      this.#monitor = monitor;
    });
  }

  async stop(): Promise<void> {
    return this.#inTurn(async () => {
      const monitor = this.#monitor;
      if (monitor === undefined) return;
      this.#monitor = undefined;
      await Promise.all([monitor.stop(), this.#rpc.stop()]);
      this.#pages.forget();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async add(source: AsyncIterable<Uint8Array>, options: AddOptions = {}): Promise<AddResult> {
    const { name, pin = true, signal, ...settings } = options;
    return this.#observed("content.add", { signal }, async () => {
      checkName(name);
      const uploaded = await this.#upload(signal, async (sink, making) => {
        const file = await importFile(sink, source, { ...settings, signal: making });
        return { result: file, pin: pin ? [{ cid: file.cid, name }] : [] };
      });
      const { cid, size, head } = uploaded.result;
      const mediaType = mediaTypeOf(name, head);
      await throwPinError(uploaded);
      uploaded.keep();
      this.#tellAdded([{ cid, size, mediaType, name }], pin, uploaded.pinned);
      return { cid, size, mediaType };
    });
  }

  /** All entries are told at the end: only then does Kubo say that it has taken anything in. */
  async *addTree(
    entries: AsyncIterable<TreeEntry>,
    { onlyHash = false, ...options }: AddTreeOptions = {},
  ): AsyncGenerator<AddedEntry, void> {
    const { pin = true, name, signal, ...settings } = options;
    const stopping = this.#rpc.assertRunning();
    throwIfAborted(signal);
    checkName(name);
    if (onlyHash) {
      const hashing = anySignal(signal, stopping);
      yield* importTree({ put: async () => {} }, entries, { ...settings, signal: hashing });
      return;
    }
    const { result, pinned, keep, undo } = await this.#observed(
      "content.add",
      { signal },
      async () => uploadTree(entries, options, async (make) => this.#upload(signal, make)),
    );
    const { added, roots } = result;
    let isTold = false;
    try {
      for (const [index, entry] of added.entries()) {
        isTold = index === added.length - 1;
        if (isTold) this.#tellAdded(roots, pin, pinned);
        yield entry;
      }
    } finally {
      // Its reader left before it was told what was made: then nothing is to be kept.
      if (isTold) keep();
      else await undo().finally(() => this.#pages.forget());
    }
  }

  async importCar(
    source: AsyncIterable<Uint8Array>,
    { pin = true, signal }: ImportCarOptions = {},
  ): Promise<ImportedCar> {
    return this.#observed("content.import", { signal }, async () => {
      const { imported, pinned, keep } = await importArchive(source, { pin }, async (make) =>
        this.#upload(signal, make),
      );
      keep();
      for (const cid of pinned) this.#tellPinned({ cid, kind: "recursive" });
      return imported;
    });
  }

  async stat(cid: CID, options: AbortOptions = {}): Promise<ContentInfo> {
    return statNode(this.blocks, cid, options);
  }

  async *read(cid: CID, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const readAhead = this.#init.readAheadBlocks;
    let bytes = 0;
    let hasFailed = false;
    try {
      for await (const piece of readFile(this.blocks, cid, { ...options, readAhead })) {
        bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      if (!hasFailed) this.#events.emit("content_retrieved", { cid, bytes });
    }
  }

  async pin(cid: CID, options: PinOptions = {}): Promise<void> {
    checkName(options.name);
    const { offline } = this.#init;
    const change = await this.#pins.add(cid, { ...options, offline });
    if (change !== "none") this.#pages.forget();
    const { kind = "recursive", name } = options;
    if (change === "pinned") this.#tellPinned({ cid, kind, name });
    if (change === "widened") this.#events.emit("pin_added", { cid, kind, name });
  }

  async unpin(cid: CID, options: AbortOptions = {}): Promise<void> {
    const known = await this.#pins.remove(cid, options);
    this.#pages.forget();
    this.#letGo.add(known.cid);
    this.#events.emit("pin_removed", { cid: known.cid });
    this.#events.emit("pin_status_changed", { cid: known.cid, status: "unpinned" });
  }

  /** Without sizes: each would cost the reading of a block. {@link findPin} has it. */
  async listPins(options: ListPinsOptions = {}): Promise<PinPage> {
    throwIfAborted(options.signal);
    return this.#pages.page(options);
  }

  async findPin(cid: CID, options: AbortOptions = {}): Promise<Pin | undefined> {
    const pin = await this.#pins.lookUp(cid, options);
    return pin && { ...pin, size: await rootSize(this.blocks, pin.cid, options) };
  }

  async *collectGarbage({ signal }: AbortOptions = {}): AsyncGenerator<CID, void> {
    const ended = this.#init.observer.operationStarted({ name: "content.collect_garbage" });
    let outcome: Outcome = { status: "cancelled" };
    try {
      for await (const cid of garbageOf(this.#rpc, { signal })) {
        const root = this.#letGo.take(cid);
        if (root !== undefined) this.#events.emit("content_removed", { cid: root });
        yield cid;
      }
      outcome = { status: "succeeded" };
    } catch (error) {
      if (signal?.aborted !== true) outcome = { status: "failed", error };
      throw error;
    } finally {
      ended(outcome);
    }
  }

  async stats({ signal }: AbortOptions = {}): Promise<RepositoryStats> {
    // Counting the blocks would have Kubo go through all of them.
    const stat = await this.#rpc.json("repo/stat", { params: { "size-only": true }, signal });
    const [bytes, maxBytes] = [field(stat, "RepoSize"), field(stat, "StorageMax")];
    if (typeof bytes !== "number") throw notKubo('its answer lacks "RepoSize"');
    return {
      bytes,
      maxBytes: typeof maxBytes === "number" ? maxBytes : undefined,
      location: this.#init.api.href,
    };
  }

  async #upload<T>(signal: AbortSignal | undefined, make: MakeDags<T>): Promise<Uploaded<T>> {
    const until = anySignal(signal, this.#rpc.assertRunning());
    try {
      return await uploadDags({ rpc: this.#rpc, pins: this.#pins }, make, until);
    } finally {
      this.#pages.forget();
    }
  }

  async #observed<T>(name: string, { signal }: AbortOptions, work: () => Promise<T>): Promise<T> {
    const ended = this.#init.observer.operationStarted({ name });
    try {
      const result = await work();
      ended({ status: "succeeded" });
      return result;
    } catch (error) {
      ended(signal?.aborted === true ? { status: "cancelled" } : { status: "failed", error });
      throw error;
    }
  }

  #tellAdded(
    roots: readonly (AddResult & { name?: string | undefined })[],
    isPinned: boolean,
    newlyPinned: readonly CID[],
  ): void {
    for (const { cid, size, mediaType, name } of roots) {
      if (newlyPinned.some((pinned) => pinned.equals(cid))) {
        this.#tellPinned({ cid, kind: "recursive", name });
      }
      if (!isPinned) this.#letGo.add(cid);
      this.#events.emit("content_added", { cid, size, mediaType, name, pinned: isPinned });
    }
  }

  #tellPinned(pin: ContentEvents["pin_added"]): void {
    this.#events.emit("pin_added", pin);
    this.#events.emit("pin_status_changed", { cid: pin.cid, status: "pinned" });
  }

  async #inTurn(change: () => Promise<void>): Promise<void> {
    const turn = this.#transition.then(change);
    this.#transition = turn.catch(() => {});
    return turn;
  }
}
