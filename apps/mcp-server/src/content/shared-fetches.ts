import { abortable, AbortedError, type AbortOptions } from "@ipfs-kit/core";

interface Fetch {
  bytes: Promise<Uint8Array>;
  waiting: number;
  stop: AbortController;
}

/** One fetch for all who want the same at the same time. It ends when nobody waits any more. */
export class SharedFetches {
  /** Those that newcomers may still join. */
  readonly #fetches = new Map<string, Fetch>();

  /** The bytes are the caller's to keep and to change. */
  async get(
    key: string,
    fetch: (signal: AbortSignal) => Promise<Uint8Array>,
    { signal }: AbortOptions = {},
  ): Promise<Uint8Array> {
    const shared = this.#fetches.get(key) ?? this.#start(key, fetch);
    shared.waiting += 1;
    try {
      const bytes = await abortable(shared.bytes, signal);
      // The last to wait gets the bytes themselves: nobody is left who could see a change.
      return shared.waiting === 1 ? bytes : new Uint8Array(bytes);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) {
        this.#close(key, shared);
        shared.stop.abort(new AbortedError("Nobody waits for this block any more."));
      }
    }
  }

  /** Whoever comes now does not join what is under way: the answer may be another one. */
  forget(key: string): void {
    this.#fetches.delete(key);
  }

  forgetAll(): void {
    this.#fetches.clear();
  }

  #start(key: string, fetch: (signal: AbortSignal) => Promise<Uint8Array>): Fetch {
    const stop = new AbortController();
    const shared: Fetch = { bytes: fetch(stop.signal), waiting: 0, stop };
    this.#fetches.set(key, shared);
    const close = () => this.#close(key, shared);
    shared.bytes.then(close, close);
    return shared;
  }

  #close(key: string, shared: Fetch): void {
    if (this.#fetches.get(key) === shared) this.#fetches.delete(key);
  }
}
