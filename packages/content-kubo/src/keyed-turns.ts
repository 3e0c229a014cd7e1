import { abortable } from "@ipfs-kit/core";

/** Lets one piece of work at a time have a key. Waiting is in order of asking. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits until the key is free and takes it; the returned function gives it back. */
  async take(key: string, signal: AbortSignal | undefined): Promise<() => void> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    this.#last.set(key, released);
    const giveBack = () => {
      release();
      if (this.#last.get(key) === released) this.#last.delete(key);
    };
    try {
      await abortable(before, signal);
      return giveBack;
    } catch (error) {
      // Those behind us still wait for those before us.
      void before.finally(giveBack);
      throw error;
    }
  }
}
