import { UnavailableError } from "@ipfs-kit/core";

export type BreakerState = "closed" | "open" | "half_open";

/** How a call ended, for the breaker. `cancelled`: by us, which says nothing about the far end. */
export type CallOutcome = "answered" | "failed" | "cancelled";

export interface CircuitBreakerInit {
  /** Failures in a row that open it. */
  failures: number;
  /** Milliseconds it stays open at first, and at most. */
  openMs: number;
  maxOpenMs: number;
  /** Told of every change. */
  onChange(state: BreakerState): void;
}

/**
 * Spares callers the wait for something that is down, and what is down the calls. Open, it refuses at
 * once; when its time is over, one call may try (half open), and decides.
 */
export class CircuitBreaker {
  readonly #init: CircuitBreakerInit;
  #failures = 0;
  #openMs: number;
  #openUntil = 0;
  #state: BreakerState = "closed";

  constructor(init: CircuitBreakerInit) {
    this.#init = init;
    this.#openMs = init.openMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /**
   * Asks whether a call may be made; the returned function is called once, at its end.
   *
   * @param insist make the call even when open, e.g. to look whether Kubo is back
   * @throws UnavailableError while it is open, or half open and tried by another call
   */
  enter({ insist = false }: { insist?: boolean } = {}): (outcome: CallOutcome) => void {
    const isTrial = this.#state === "open" && performance.now() >= this.#openUntil;
    if (isTrial) this.#become("half_open");
    else if (this.#state !== "closed" && !insist) throw this.#refusal();
    return (outcome) => this.#left(outcome, isTrial);
  }

  #left(outcome: CallOutcome, isTrial: boolean): void {
    if (outcome === "answered") {
      this.#failures = 0;
      this.#openMs = this.#init.openMs;
      if (this.#state !== "closed") this.#become("closed");
      return;
    }
    if (outcome === "cancelled") {
      // The trial was not made: the next call may.
      if (isTrial && this.#state === "half_open") this.#become("open");
      return;
    }
    this.#failures += 1;
    if (isTrial && this.#state === "half_open") {
      this.#openMs = Math.min(this.#openMs * 2, this.#init.maxOpenMs);
      this.#open();
    } else if (this.#state === "closed" && this.#failures >= this.#init.failures) {
      this.#open();
    }
  }

  #open(): void {
    this.#openUntil = performance.now() + this.#openMs;
    this.#become("open");
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#init.onChange(state);
  }

  #refusal(): UnavailableError {
    const retryAfterMs = Math.max(0, Math.ceil(this.#openUntil - performance.now()));
    return new UnavailableError(
      "Kubo has failed several times in a row and is left alone for now.",
      {
        details: { reason: "breaker_open", retry_after_ms: retryAfterMs },
      },
    );
  }
}
