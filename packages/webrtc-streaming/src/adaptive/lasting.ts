/** Tells how long something has been so without a break. */
export class Lasting {
  #since: number | undefined;

  /** @returns whether it has held for the time, now included */
  update(holds: boolean, forMs: number, now: number): boolean {
    if (!holds) {
      this.#since = undefined;
      return false;
    }
    this.#since ??= now;
    return now - this.#since >= forMs;
  }

  reset(): void {
    this.#since = undefined;
  }
}
