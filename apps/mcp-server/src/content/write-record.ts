import {
  type AbortOptions,
  type AddedEntry,
  type AddOptions,
  type AddResult,
  type AddTreeOptions,
  type Blocks,
  type CID,
  type ContentRepository,
  type ErrorCode,
  errorCodeOf,
  type ImportCarOptions,
  type ImportedCar,
  type TreeEntry,
} from "@ipfs-kit/core";

import { DelegatingRepository } from "./delegating-repository.ts";

/** Failures of a write that are ours; the others are about what was sent, or by whom. */
const OURS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "storage_full",
  "data_directory",
  "internal",
]);

/** A repository that remembers whether it could write when it was last asked to. */
export class WriteRecord extends DelegatingRepository {
  readonly #blocks: Blocks;
  #lastFailure: ErrorCode | undefined;

  constructor(inner: ContentRepository) {
    super(inner);
    const { blocks } = inner;
    this.#blocks = {
      get: async (cid, options) => blocks.get(cid, options),
      has: async (cid, options) => blocks.has(cid, options),
      delete: async (cid, options) => blocks.delete(cid, options),
      put: async (cid: CID, bytes: Uint8Array, options?: AbortOptions) =>
        this.#noted(async () => blocks.put(cid, bytes, options)),
    };
  }

  /** Why the store could not write; absent again after the next write that worked. */
  get lastFailure(): ErrorCode | undefined {
    return this.#lastFailure;
  }

  override get blocks(): Blocks {
    return this.#blocks;
  }

  override async add(source: AsyncIterable<Uint8Array>, options?: AddOptions): Promise<AddResult> {
    return this.#noted(async () => this.inner.add(source, options));
  }

  override async *addTree(
    entries: AsyncIterable<TreeEntry>,
    options?: AddTreeOptions,
  ): AsyncGenerator<AddedEntry, void> {
    try {
      yield* this.inner.addTree(entries, options);
      this.#lastFailure = undefined;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  override async importCar(
    source: AsyncIterable<Uint8Array>,
    options?: ImportCarOptions,
  ): Promise<ImportedCar> {
    return this.#noted(async () => this.inner.importCar(source, options));
  }

  async #noted<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await write();
      this.#lastFailure = undefined;
      return result;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  #note(error: unknown): void {
    const code = errorCodeOf(error);
    if (OURS.has(code)) this.#lastFailure = code;
  }
}
