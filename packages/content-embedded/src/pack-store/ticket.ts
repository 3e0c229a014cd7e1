/** The promise made for one record. */
export class Ticket {
  /** Resolves when the record, and every record before it, is durable and indexed. */
  readonly durable: Promise<void>;
  /** Set in the same instant in which `durable` is rejected. */
  failure: { error: unknown } | undefined;
  /** The block was here already: nothing is written. */
  readonly isDeduplicated: boolean;
  #isSettled = false;
  readonly #settle: PromiseWithResolvers<void>;

  constructor({ isDeduplicated = false } = {}) {
    this.isDeduplicated = isDeduplicated;
    this.#settle = Promise.withResolvers();
    this.durable = this.#settle.promise;
    // Whoever needs the outcome awaits it; a ticket dropped by a cancelled add is no crash.
    this.durable.catch(() => {});
    if (isDeduplicated) this.succeed();
  }

  /** Whether the outcome is known. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  succeed(): void {
    this.#isSettled = true;
    this.#settle.resolve();
  }

  fail(error: unknown): void {
    this.#isSettled = true;
    this.failure = { error };
    this.#settle.reject(error);
  }
}
