import {
  type AddOptions,
  type AddResult,
  type ContentStore,
  type ErrorCode,
  errorCodeOf,
} from "@ipfs-kit/core";

/** Failures of an add that are ours; the others are about what was sent, or by whom. */
const OURS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "storage_full",
  "data_directory",
  "internal",
]);

/** A store that remembers whether it could write when it was last asked to. */
export class WriteRecord implements Pick<ContentStore, "add" | "listPins"> {
  readonly #store: Pick<ContentStore, "add" | "listPins">;
  #lastFailure: ErrorCode | undefined;

  constructor(store: Pick<ContentStore, "add" | "listPins">) {
    this.#store = store;
  }

  /** Why the store could not write; absent again after the next add that worked. */
  get lastFailure(): ErrorCode | undefined {
    return this.#lastFailure;
  }

  async add(source: AsyncIterable<Uint8Array>, options?: AddOptions): Promise<AddResult> {
    try {
      const result = await this.#store.add(source, options);
      this.#lastFailure = undefined;
      return result;
    } catch (error) {
      const code = errorCodeOf(error);
      if (OURS.has(code)) this.#lastFailure = code;
      throw error;
    }
  }

  async listPins(...args: Parameters<ContentStore["listPins"]>) {
    return this.#store.listPins(...args);
  }
}
