import { once } from "node:events";

export interface OutputInit {
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
  /** One JSON object per line instead of text. */
  json: boolean;
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

  /** One result: the object with `--json`, else the line. Waits for a slow reader. */
  async result(record: Readonly<Record<string, unknown>>, line: string): Promise<void> {
    await this.bytes(`${this.json ? JSON.stringify(record) : line}\n`);
  }

  /** Bytes of content, as they are. Waits for a slow reader. */
  async bytes(chunk: string | Uint8Array): Promise<void> {
    const { stdout } = this.#init;
    if (!stdout.write(chunk)) await once(stdout, "drain");
  }

  /** A word to the person; never part of the result. */
  note(text: string): void {
    this.#init.stderr.write(`${text}\n`);
  }

  /** Overwrites the line the terminal shows; `""` takes it away. */
  status(text: string): void {
    if (this.isWatched) this.#init.stderr.write(`\r\u001B[K${text}`);
  }
}

/** Text from a stranger, harmless to a terminal: control characters are shown as `\u…`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1536` as `1.5 KiB`. */
export function humanBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${UNITS[step] ?? "B"}`;
}
