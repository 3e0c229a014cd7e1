import {
  type AbortOptions,
  type AddedEntry,
  type AddOptions,
  type AddResult,
  type AddTreeOptions,
  type CID,
  type ContentEvents,
  type ContentInfo,
  type ContentRepository,
  Emitter,
  errorCodeOf,
  type ImportCarOptions,
  type ImportedCar,
  type ListPinsOptions,
  mediaTypeOf,
  NotFoundError,
  type Pin,
  type PinOptions,
  type PinPage,
  type ReadOptions,
  type RepositoryStats,
  throwIfAborted,
  type TreeEntry,
} from "@ipfs-kit/core";
import {
  assertComplete,
  type BlockSink,
  discardingSink,
  importCar,
  importFile,
  importTree,
  readFile,
  statNode,
} from "@ipfs-kit/unixfs";

import { blockKey, MemoryBlocks, type MemoryBlocksInit } from "./memory-blocks.ts";
import { MemoryGarbage } from "./memory-garbage.ts";
import { checkName, MemoryPins, pinKey } from "./memory-pins.ts";

const NODE_TYPES = { directory: "inode/directory", symlink: "inode/symlink" } as const;

/** A repository whose blocks a test can look at and damage. */
export interface MemoryRepository extends ContentRepository {
  readonly blocks: MemoryBlocks;
}

/** A whole content repository over a map of blocks. Nothing has to be started or stopped. */
export function createMemoryRepository(
  init: Pick<MemoryBlocksInit, "maxBytes"> = {},
): MemoryRepository {
  return new Repository(init);
}

class Repository implements MemoryRepository {
  readonly #maxBytes: number | undefined;
  readonly #pins = new MemoryPins();
  readonly #garbage: MemoryGarbage;
  readonly #events = new Emitter<ContentEvents>();
  /** Roots that were added without a pin or unpinned, until they are gone. */
  readonly #letGo = new Map<string, CID>();
  readonly blocks: MemoryBlocks;

  constructor({ maxBytes }: Pick<MemoryBlocksInit, "maxBytes">) {
    this.#maxBytes = maxBytes;
    this.blocks = new MemoryBlocks({ maxBytes, isNeeded: (cid) => this.#garbage.isPinned(cid) });
    this.#garbage = new MemoryGarbage(this.blocks, this.#pins);
  }

  get events(): Pick<Emitter<ContentEvents>, "on"> {
    return this.#events;
  }

  async add(
    source: AsyncIterable<Uint8Array>,
    { name, pin = true, ...options }: AddOptions = {},
  ): Promise<AddResult> {
    const { signal } = options;
    throwIfAborted(signal);
    checkName(name);
    using keys = this.#garbage.arriving();
    const { cid, size, head } = await importFile(this.#sink(keys), source, options);
    throwIfAborted(signal);
    const mediaType = mediaTypeOf(name, head);
    this.#rootAdded({ cid, size, mediaType, name }, pin);
    return { cid, size, mediaType };
  }

  async *addTree(
    source: AsyncIterable<TreeEntry>,
    { pin = true, name, onlyHash = false, ...options }: AddTreeOptions = {},
  ): AsyncGenerator<AddedEntry, void> {
    const { wrap = false, signal } = options;
    throwIfAborted(signal);
    if (onlyHash) {
      yield* importTree(discardingSink, source, options);
      return;
    }
    checkName(name);
    using keys = this.#garbage.arriving();
    const roots: AddedEntry[] = [];
    for await (const entry of importTree(this.#sink(keys), source, options)) {
      if (wrap ? entry.path === "" : !entry.path.includes("/")) roots.push(entry);
      else yield entry;
    }
    throwIfAborted(signal);
    for (const { path } of roots) checkName(name ?? path);
    for (const { cid, size, path, type, mediaType = "" } of roots) {
      const known = type === "file" ? mediaType : NODE_TYPES[type];
      const kept = (name ?? path) || undefined;
      this.#rootAdded({ cid, size, mediaType: known, name: kept }, pin);
    }
    yield* roots;
  }

  async importCar(
    source: AsyncIterable<Uint8Array>,
    { pin = true, signal }: ImportCarOptions = {},
  ): Promise<ImportedCar> {
    throwIfAborted(signal);
    using keys = this.#garbage.arriving();
    const { roots, ...contents } = await importCar(this.#sink(keys), source, { signal });
    const imported: ImportedCar["roots"] = [];
    for (const cid of roots) {
      const failed = pin ? await failureOf(this.pin(cid, { signal })) : {};
      throwIfAborted(signal);
      imported.push({ cid, ...failed });
    }
    return { roots: imported, ...contents };
  }

  async stat(cid: CID, options?: AbortOptions): Promise<ContentInfo> {
    return statNode(this.blocks, cid, options);
  }

  async *read(cid: CID, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const over = this.#garbage.hold(cid);
    let bytes = 0;
    let failed = false;
    try {
      for await (const piece of readFile(this.blocks, cid, options)) {
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
    return this.#garbage.hold(cid);
  }

  async pin(cid: CID, { name, kind = "recursive", signal }: PinOptions = {}): Promise<void> {
    throwIfAborted(signal);
    checkName(name);
    const over = this.#garbage.hold(cid);
    try {
      const size = await this.#sizeOf(cid, { signal });
      if (kind === "recursive") await assertComplete(this.blocks, cid, { signal });
      this.#keep({ cid, kind, name, size, pinnedAt: new Date() });
    } finally {
      over();
    }
  }

  async unpin(cid: CID, { signal }: AbortOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const pin = this.#pins.get(cid);
    if (pin === undefined) throw new NotFoundError(`${cid.toString()} is not pinned.`);
    this.#pins.delete(cid);
    this.#letGo.set(pinKey(cid), pin.cid);
    this.#events.emit("pin_removed", { cid: pin.cid });
    this.#events.emit("pin_status_changed", { cid: pin.cid, status: "unpinned" });
  }

  async listPins({ signal, ...options }: ListPinsOptions = {}): Promise<PinPage> {
    throwIfAborted(signal);
    return this.#pins.page(options);
  }

  async findPin(cid: CID, { signal }: AbortOptions = {}): Promise<Pin | undefined> {
    throwIfAborted(signal);
    return this.#pins.get(cid);
  }

  async *collectGarbage({ signal }: AbortOptions = {}): AsyncGenerator<CID, void> {
    throwIfAborted(signal);
    for (const cid of this.blocks.list()) {
      throwIfAborted(signal);
      // Looked at anew for each: whatever happens between two of them counts.
      if (this.blocks.peek(cid) === undefined || this.#garbage.needed().has(blockKey(cid)))
        continue;
      this.blocks.drop(cid);
      this.#tellGone();
      yield cid;
    }
  }

  async stats({ signal }: AbortOptions = {}): Promise<RepositoryStats> {
    throwIfAborted(signal);
    const { count, bytes } = this.blocks;
    return { blocks: count, bytes, maxBytes: this.#maxBytes, location: "memory" };
  }

  #sink(keys: Set<string>): BlockSink {
    return {
      put: async (cid, bytes) => {
        keys.add(blockKey(cid));
        await this.blocks.put(cid, bytes);
      },
    };
  }

  #rootAdded(root: AddResult & { name: string | undefined }, pinned: boolean): void {
    if (pinned) this.#keep({ ...root, kind: "recursive", pinnedAt: new Date() });
    else if (this.#pins.get(root.cid) === undefined) this.#letGo.set(pinKey(root.cid), root.cid);
    this.#events.emit("content_added", { ...root, pinned });
  }

  #keep(pin: Pin): void {
    const { cid, kind } = pin;
    const before = this.#pins.get(cid);
    this.#pins.set(pin);
    this.#letGo.delete(pinKey(cid));
    const { name } = this.#pins.get(cid) ?? pin;
    if (before?.kind !== kind) this.#events.emit("pin_added", { cid, kind, name });
    if (before === undefined) this.#events.emit("pin_status_changed", { cid, status: "pinned" });
  }

  #tellGone(): void {
    for (const [key, cid] of this.#letGo) {
      if (this.blocks.peek(cid) !== undefined) continue;
      this.#letGo.delete(key);
      this.#events.emit("content_removed", { cid });
    }
  }

  /** Of what is not UnixFS, the bytes of its block. */
  async #sizeOf(cid: CID, options: AbortOptions): Promise<number> {
    try {
      return (await statNode(this.blocks, cid, options)).size;
    } catch (error) {
      if (errorCodeOf(error) !== "not_a_file") throw error;
      return (await this.blocks.get(cid, options)).length;
    }
  }
}

async function failureOf(work: Promise<void>): Promise<{ pinError?: unknown }> {
  try {
    await work;
    return {};
  } catch (pinError) {
    return { pinError };
  }
}
