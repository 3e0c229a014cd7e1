import { AbortedError } from "@ipfs-kit/core";

/** The work for one request: it ends once, with its client, its time, or its answer. */
export class RequestWork {
  readonly #controller = new AbortController();
  readonly #clientSignal: AbortSignal;
  readonly #onEnd: (error?: unknown) => void;
  #isEnded = false;

  /** @param onEnd called once; with an error when an answer that had begun was not completed */
  constructor(clientSignal: AbortSignal, onEnd: (error?: unknown) => void) {
    this.#clientSignal = clientSignal;
    this.#onEnd = onEnd;
    clientSignal.addEventListener("abort", this.#onClientGone, { once: true });
  }

  /** Fires when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#clientSignal.removeEventListener("abort", this.#onClientGone);
    this.#onEnd(error);
    // What a source still does for it may stop.
    this.#controller.abort(error ?? new AbortedError("The request is answered."));
  }

  readonly #onClientGone = () => {
    this.#controller.abort(new AbortedError("The client went away."));
  };
}
