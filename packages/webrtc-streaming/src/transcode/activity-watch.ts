import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

import { IpfsKitError, TimeoutError } from "@ipfs-kit/core";

import { MAX_INPUT_PASSES, maxOutputBytes, MIN_FREE_BYTES, WATCH_INTERVAL_MS } from "./limits.ts";
import type { TranscodeRequest } from "./transcoder.ts";

export interface ActivityWatchInit {
  request: Pick<TranscodeRequest, "input" | "durationSeconds" | "onProgress">;
  outputPath: string;
  inactivityTimeoutMs: number;
  /** The work stops before the output's disk has fewer bytes free. @default 256 MiB */
  minFreeBytes?: number;
  /** Told when the work must be stopped, and again until the watch is disposed. */
  onProblem: (error: IpfsKitError) => void;
}

/** Reports the progress of one conversion, and notices when it stands still or runs wild. */
export class ActivityWatch implements Disposable {
  readonly #init: ActivityWatchInit;
  readonly #maxOutputBytes: number;
  readonly #timer: NodeJS.Timeout;
  #lastActivity = performance.now();
  #inputBytes = 0;
  #outputMicroseconds = 0;
  #fraction = 0;

  constructor(init: ActivityWatchInit) {
    const { input, durationSeconds } = init.request;
    this.#init = init;
    this.#maxOutputBytes = maxOutputBytes(input.size, durationSeconds);
    this.#timer = setInterval(() => void this.#look(), WATCH_INTERVAL_MS);
  }

  /** Whether anything was converted. */
  get sawOutput(): boolean {
    return this.#outputMicroseconds > 0;
  }

  /** The program took bytes of the input. */
  inputTaken(count: number): void {
    const { input, durationSeconds } = this.#init.request;
    this.#inputBytes += count;
    // A program that reads the same again and again gets nowhere.
    if (this.#inputBytes <= input.size * MAX_INPUT_PASSES) this.#lastActivity = performance.now();
    if (durationSeconds === undefined) this.#report(this.#inputBytes / input.size);
  }

  /** The program wrote a line `key=value` of progress. */
  progressLine(line: string): void {
    const [, digits] = /^out_time_us=(\d+)$/u.exec(line) ?? [];
    const microseconds = Number(digits ?? 0);
    if (microseconds <= this.#outputMicroseconds) return;
    this.#outputMicroseconds = microseconds;
    this.#lastActivity = performance.now();
    const { durationSeconds } = this.#init.request;
    if (durationSeconds !== undefined) this.#report(microseconds / 1e6 / durationSeconds);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #report(fraction: number): void {
    // 1 is for the end, and steps below a hundredth are noise.
    const bounded = Math.min(fraction, 0.99);
    if (bounded < this.#fraction + 0.01) return;
    this.#fraction = bounded;
    this.#init.request.onProgress?.(bounded);
  }

  async #look(): Promise<void> {
    const { outputPath, inactivityTimeoutMs, minFreeBytes = MIN_FREE_BYTES } = this.#init;
    const { onProblem } = this.#init;
    if (performance.now() - this.#lastActivity > inactivityTimeoutMs) {
      onProblem(
        new TimeoutError(
          `The conversion stood still for ${inactivityTimeoutMs} ms; it was stopped.`,
        ),
      );
      return;
    }
    const [{ size }, freeBytes] = await Promise.all([
      stat(outputPath).catch(() => ({ size: 0 })),
      freeBytesOf(dirname(outputPath)),
    ]);
    if (freeBytes < minFreeBytes) {
      onProblem(
        new IpfsKitError(
          "storage_full",
          "The disk for unfinished conversions is nearly full; make room and try again.",
        ),
      );
    } else if (size > this.#maxOutputBytes) {
      onProblem(
        new IpfsKitError(
          "transcode_failed",
          "The conversion grew far beyond what the media holds.",
        ),
      );
    }
  }
}

/** Infinite where the system does not tell. */
async function freeBytesOf(directory: string): Promise<number> {
  return statfs(directory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  );
}
