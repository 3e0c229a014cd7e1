import { TimeoutError } from "@ipfs-kit/core";

/**
 * A deadline for one wait at a time. A stream that makes progress may take as long as it likes; what
 * is limited is each wait for the far end, and never the time our own side takes.
 */
export class Watchdog {
  readonly #what: string;
  readonly #controller = new AbortController();

  /** @param what is waited for, as the message names it */
  constructor(what: string) {
    this.#what = what;
  }

  /** Fires when a wait took too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the promise; after `ms` milliseconds the signal fires, which must end the wait. */
  async during<T>(ms: number, wait: Promise<T>): Promise<T> {
    const timer = setTimeout(
      () => this.#controller.abort(new TimeoutError(`${this.#what} did not come within ${ms} ms.`)),
      ms,
    );
    try {
      return await wait;
    } finally {
      clearTimeout(timer);
    }
  }
}
