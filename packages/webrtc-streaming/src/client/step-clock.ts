/** What has to happen, in this order, before something is seen. */
export const STEPS = ["offer", "ice", "dtls", "first-frame"] as const;

export type StepName = (typeof STEPS)[number];

export interface CompletedStep {
  name: StepName;
  /** Milliseconds since the step before it, or since the request. */
  ms: number;
  /** Milliseconds since the request. */
  totalMs: number;
}

/** Times the steps to the first frame; each is counted once. */
export class StepClock {
  readonly #startedAt: number;
  readonly #now: () => number;
  readonly #done: CompletedStep[] = [];

  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  get completed(): readonly CompletedStep[] {
    return this.#done;
  }

  /** The steps up to and with `name` that were not complete yet; now they are. */
  complete(name: StepName): CompletedStep[] {
    const fresh: CompletedStep[] = [];
    // A later step proves the earlier ones, even when the platform did not report them.
    for (const step of STEPS.slice(this.#done.length, STEPS.indexOf(name) + 1)) {
      const totalMs = this.#now() - this.#startedAt;
      const previous = this.#done.at(-1)?.totalMs ?? 0;
      const completed = { name: step, ms: totalMs - previous, totalMs };
      this.#done.push(completed);
      fresh.push(completed);
    }
    return fresh;
  }
}
