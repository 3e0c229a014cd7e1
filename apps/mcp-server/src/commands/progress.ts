import { plainText } from "../logging/plain-text.ts";
import { humanBytes, type Output } from "./output.ts";

/** How often the line is drawn at most: more is not seen. */
const REDRAW_MS = 100;

/** One line on the terminal that tells how far a transfer is: bytes, speed, time left. */
export class Progress {
  readonly #output: Output;
  readonly #total: number | undefined;
  readonly #startedAt = performance.now();
  #bytes = 0;
  #drawnAt = 0;

  /** @param total bytes there will be, when that is known */
  constructor(output: Output, total: number | undefined) {
    this.#output = output;
    this.#total = total;
  }

  add(bytes: number, what: string): void {
    this.#bytes += bytes;
    const now = performance.now();
    if (!this.#output.isWatched || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const seconds = Math.max((now - this.#startedAt) / 1000, 0.001);
    const speed = this.#bytes / seconds;
    const parts = [this.#share(), `${humanBytes(Math.round(speed))}/s`, this.#left(speed)];
    this.#output.status([...parts, plainText(what)].filter((part) => part !== "").join("  "));
  }

  end(): void {
    this.#output.status("");
  }

  #share(): string {
    const done = humanBytes(this.#bytes);
    if (this.#total === undefined || this.#total === 0) return done;
    const percent = Math.floor((100 * this.#bytes) / this.#total);
    return `${done} of ${humanBytes(this.#total)} (${percent} %)`;
  }

  #left(speed: number): string {
    if (this.#total === undefined || speed === 0) return "";
    const seconds = Math.max(0, Math.round((this.#total - this.#bytes) / speed));
    return seconds < 60 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`;
  }
}
