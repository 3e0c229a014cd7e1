import { TimeoutError } from "@ipfs-kit/core";

/** A time limit that is set again and again during one request; when it passes, the work is aborted. */
export class Deadline {
  readonly #work: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(work: AbortController) {
    this.#work = work;
  }

  /** From now on, in milliseconds. */
  start(ms: number): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#work.abort(new TimeoutError(`Nothing came from the content's source for ${ms} ms.`));
    }, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
