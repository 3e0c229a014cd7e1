import type { Writable } from "node:stream";

/** What may wait for a reader that does not read; lines beyond are left out and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Writes lines to a stream whose reader may stop reading: a pipe to a program that hangs must neither
 * hold the server up nor fill its memory.
 */
export class StreamWriter {
  readonly #stream: Writable;
  readonly #onLost: (lines: number) => void;
  #lost = 0;

  /** @param onLost told how many lines were left out, once there is room again */
  constructor(stream: Writable, onLost: (lines: number) => void) {
    this.#stream = stream;
    this.#onLost = onLost;
  }

  write(line: string): void {
    if (this.#stream.destroyed) return;
    if (this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.#lost += 1;
      return;
    }
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#onLost(lost);
    this.#stream.write(line);
  }

  /** Resolves when all that was written is out, or the stream is broken. */
  async flush(): Promise<void> {
    if (this.#stream.destroyed || this.#stream.writableLength === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.write("", () => resolve());
    await promise;
  }
}
