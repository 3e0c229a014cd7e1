/** Somebody who asked for an offer and has no `pc_id` yet. */
export interface OfferWaiter {
  readonly cid: string;
}

/**
 * Who an answer without a known `pc_id` is for. The server may answer out of order: one request is
 * being converted while the next plays at once. So the CID decides, and among equals, or when the
 * server spells the CID differently, the oldest request. News of a CID is for all who asked for it.
 */
export class PendingOffers<Waiter extends OfferWaiter> {
  #waiters: Waiter[] = [];

  add(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  /** Everybody who asked for that CID; they stay in line. */
  allOf(wanted: string): readonly Waiter[] {
    return this.#waiters.filter(({ cid }) => cid === wanted);
  }

  /** The waiter an answer about these CIDs is for, out of the line. */
  take(cids: readonly (string | undefined)[]): Waiter | undefined {
    const waiter = this.#waiters.find(({ cid }) => cids.includes(cid)) ?? this.#waiters[0];
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    return waiter;
  }

  clear(): void {
    this.#waiters = [];
  }
}
