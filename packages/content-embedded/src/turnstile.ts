/**
 * Lets in many who may be there together, or one who must be alone. Whoever comes waits for those
 * before who are of the other kind, so that neither kind keeps the other out for ever.
 */
export class Turnstile {
  readonly #together = new Set<Promise<unknown>>();
  #alone: Promise<unknown> = Promise.resolve();

  async together<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#alone.then(work);
    const settled = run.catch(() => {});
    this.#together.add(settled);
    try {
      return await run;
    } finally {
      this.#together.delete(settled);
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const run = Promise.all([this.#alone, ...this.#together]).then(work);
    this.#alone = run.catch(() => {});
    return run;
  }
}
