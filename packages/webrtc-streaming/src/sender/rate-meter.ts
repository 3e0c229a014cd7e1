/** The time looked back on, cut into equal slots. */
const SLOTS = 10;
const SLOT_MS = 200;

/** How much of something there is per second, over the last two seconds. */
export class RateMeter {
  readonly #amounts = new Float64Array(SLOTS);
  #slot = -1;
  #since: number | undefined;

  add(amount: number, now: number): void {
    this.#since ??= now;
    const slot = this.#advance(now);
    this.#amounts[slot] = (this.#amounts[slot] ?? 0) + amount;
  }

  /** Undefined until it has been looking for a second. */
  perSecond(now: number): number | undefined {
    if (this.#since === undefined || now - this.#since < 1_000) return undefined;
    this.#advance(now);
    const elapsed = Math.min(now - this.#since, (SLOTS - 1) * SLOT_MS + (now % SLOT_MS));
    return (this.#amounts.reduce((total, amount) => total + amount, 0) / elapsed) * 1_000;
  }

  /** Empties the slots whose time is over. @returns where the present one is */
  #advance(now: number): number {
    const slot = Math.floor(now / SLOT_MS);
    const passed = this.#slot < 0 ? SLOTS : slot - this.#slot;
    for (let step = 0; step < Math.min(passed, SLOTS); step += 1) {
      this.#amounts[(slot - step) % SLOTS] = 0;
    }
    this.#slot = slot;
    return slot % SLOTS;
  }
}
