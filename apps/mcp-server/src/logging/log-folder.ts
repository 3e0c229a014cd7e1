import { type FileHandle, open, readdir, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import { makeFolders } from "../durable-folder.ts";

/** What may stay in a folder of logs. */
export interface LogRetention {
  /** Bytes of all files together; the oldest go first. */
  totalBytes: number;
  /** Days since a file was begun. */
  days: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Files of ours and nothing else: `2026/11/21/150201-4711-1.jsonl`. */
const LOG_FILE = /^(?<year>\d{4})[/\\](?<month>\d\d)[/\\](?<day>\d\d)[/\\]\d{6}-\d+-\d+\.jsonl$/;

/** One kind of log, with a folder per day (UTC): `<directory>/YYYY/MM/DD/HHMMSS-<pid>-<n>.jsonl`. */
export class LogFolder {
  readonly #directory: string;
  readonly #retention: LogRetention;
  #count = 0;

  constructor(directory: string, retention: LogRetention) {
    this.#directory = directory;
    this.#retention = retention;
  }

  /** A path no file has yet, for logs of that moment. */
  nextPath(now: Date): string {
    this.#count += 1;
    const [day = "", time = ""] = now.toISOString().split("T");
    const name = `${time.slice(0, 8).replaceAll(":", "")}-${process.pid}-${this.#count}.jsonl`;
    return join(this.#directory, ...day.split("-"), name);
  }

  /** Makes the next file; not for everybody to read, as a log tells who did what. */
  async create(now: Date): Promise<{ path: string; handle: FileHandle }> {
    const path = this.nextPath(now);
    await makeFolders(dirname(path), { mode: 0o750 });
    return { path, handle: await open(path, "wx", 0o640) };
  }

  /** Deletes what is too old or too much, but not `current`. Leaves what is not ours alone. */
  async prune(now: Date, current: string): Promise<void> {
    const oldest = now.getTime() - this.#retention.days * DAY_MS;
    let bytes = 0;
    for (const { path, endOfDay } of await this.#files()) {
      if (path === current) continue;
      bytes += (await stat(path)).size;
      if (bytes <= this.#retention.totalBytes && endOfDay >= oldest) continue;
      await rm(path, { force: true });
      await removeEmpty(dirname(path), this.#directory);
    }
  }

  /** The newest first: their names are times. */
  async #files(): Promise<{ path: string; endOfDay: number }[]> {
    const names = await readdir(this.#directory, { recursive: true });
    return names
      .toSorted()
      .toReversed()
      .flatMap((name) => {
        const { year, month, day } = LOG_FILE.exec(name)?.groups ?? {};
        if (day === undefined) return [];
        const endOfDay = Date.UTC(Number(year), Number(month) - 1, Number(day) + 1);
        return [{ path: join(this.#directory, name), endOfDay }];
      });
  }
}

/** Removes folders that have nothing in them, up to but not including `top`. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let each = folder; each !== top; each = dirname(each)) {
    const removed = await rmdir(each).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}
