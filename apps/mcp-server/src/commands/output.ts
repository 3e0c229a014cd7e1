import { abortable } from "@ipfs-kit/core";

import { plainText } from "../logging/plain-text.ts";

type TerminalStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export interface OutputInit {
  stdout: TerminalStream;
  stderr: TerminalStream;
  /** One JSON object per line instead of text. */
  json: boolean;
  /** Goes on when nobody reads the results any more: what is done counts, not what is told of it. */
  outlivesReader: boolean;
  /** Ends the wait for a reader. */
  signal: AbortSignal;
}

/** Whoever read our output has enough, as `head` does. */
export class ReaderGoneError extends Error {
  override readonly name = "ReaderGoneError";
}

/** Where a command says what it found: results on stdout, everything else on stderr. */
export class Output {
  readonly #init: OutputInit;

  constructor(init: OutputInit) {
    this.#init = init;
  }

  get json(): boolean {
    return this.#init.json;
  }

  /** Whether somebody watches: then progress is shown. */
  get isWatched(): boolean {
    return this.#init.stderr.isTTY === true;
  }

  /** Whether the results themselves go to a terminal. */
  get resultsAreShown(): boolean {
    return this.#init.stdout.isTTY === true;
  }

  /**
   * One result: the object with `--json`, else the lines. Waits for a slow reader. Nothing in either
   * steers a terminal.
   */
  async result(
    record: Readonly<Record<string, unknown>>,
    ...lines: readonly string[]
  ): Promise<void> {
    if (this.json) await this.object(record);
    else if (lines.length > 0) await this.#text(lines.map(plainText).join("\n"));
  }

  /** One result that is an object in any case: a line of NDJSON. */
  async object(record: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#text(plainText(JSON.stringify(record)));
  }

  async #text(text: string): Promise<void> {
    try {
      await this.bytes(`${text}\n`);
    } catch (error) {
      if (!(error instanceof ReaderGoneError && this.#init.outlivesReader)) throw error;
    }
  }

  /**
   * Bytes of content, as they are. Waits for a slow reader.
   *
   * @throws ReaderGoneError; Error when they cannot be written, e.g. to a full disk
   */
  async bytes(chunk: string | Uint8Array): Promise<void> {
    const { stdout, signal } = this.#init;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Told for every write: a failure after the last one must not pass for success.
    stdout.write(chunk, (error) =>
      error === null || error === undefined ? resolve() : reject(error),
    );
    try {
      await abortable(promise, signal);
    } catch (error) {
      throw isReaderGone(error) ? new ReaderGoneError("Nobody reads on.") : error;
    }
  }

  /** A word to the person; never part of the result. */
  note(text: string): void {
    this.#init.stderr.write(`${plainText(text)}\n`);
  }

  /** Overwrites the line the terminal shows; `""` takes it away. */
  status(text: string): void {
    if (!this.isWatched) return;
    // A line that wraps could not be taken away again.
    const { columns = 80 } = this.#init.stderr;
    this.#init.stderr.write(`\r\u001B[K${text.slice(0, Math.max(1, columns - 1))}`);
  }
}

function isReaderGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1536` as `1.5 KiB`. */
export function humanBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${UNITS[step] ?? "B"}`;
}
