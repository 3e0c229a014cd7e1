import { Deadline } from "./deadline.ts";
import { FIRST_FRAME_POLL_MS } from "./defaults.ts";
import type { StatsReportLike } from "./platform.ts";
import { hasFirstFrame } from "./receive-stats.ts";

/** Looks again and again until the first frame was decoded. */
export class FirstFrameWatch {
  readonly #timer = new Deadline();
  #stopped = false;

  start(read: () => Promise<StatsReportLike>, expectsVideo: boolean, onFound: () => void): void {
    this.#timer.set(FIRST_FRAME_POLL_MS, () => {
      void this.#look(read, expectsVideo, onFound);
    });
  }

  async #look(
    read: () => Promise<StatsReportLike>,
    expectsVideo: boolean,
    onFound: () => void,
  ): Promise<void> {
    let found = false;
    try {
      found = hasFirstFrame(await read(), expectsVideo);
    } catch {
      // Numbers that could not be read now may be readable next time.
    }
    if (this.#stopped) return;
    if (found) onFound();
    else this.start(read, expectsVideo, onFound);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.clear();
  }
}
