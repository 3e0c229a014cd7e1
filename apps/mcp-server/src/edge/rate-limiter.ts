export interface RateLimiterInit {
  /** Requests a second in the long run; 0 is no limit. */
  perSecond: number;
  /** Requests at once, after a pause. */
  burst: number;
  /** Callers remembered; a new one then drops the one that came first. @default 65 536 */
  maxKeys?: number;
}

const MAX_KEYS = 65_536;
/** Keys looked at when there is one too many; with more, strangers could keep us looking. */
const MAX_LOOKS = 16;

/**
 * A token bucket for each caller, kept as one number: the time at which its bucket will be full again
 * (GCRA). Nothing runs in the background.
 */
export class RateLimiter {
  readonly #maxKeys: number;
  /** When the bucket of a key is full. */
  readonly #fullAt = new Map<string, number>();
  /** Milliseconds that a request costs, and that a bucket holds. */
  #costMs = 0;
  #holdsMs = 0;

  constructor({ perSecond, burst, maxKeys = MAX_KEYS }: RateLimiterInit) {
    this.#maxKeys = maxKeys;
    this.setRate(perSecond, burst);
  }

  /** Takes effect for the next request; what was taken before counts. */
  setRate(perSecond: number, burst: number): void {
    this.#costMs = perSecond === 0 ? 0 : 1000 / perSecond;
    this.#holdsMs = this.#costMs * burst;
  }

  /**
   * Takes one from the bucket of a caller.
   *
   * @param now in milliseconds, from any beginning
   * @returns 0, or the milliseconds until there is one to take: then nothing was taken
   */
  take(key: string, now: number = performance.now()): number {
    if (this.#costMs === 0) return 0;
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now) + this.#costMs;
    const waitMs = fullAt - now - this.#holdsMs;
    if (waitMs > 0) return waitMs;
    this.#fullAt.set(key, fullAt);
    if (this.#fullAt.size > this.#maxKeys) this.#makeRoom(now);
    return 0;
  }

  /** Looks at a few of the oldest: whose bucket is full can go, else the first has to. */
  #makeRoom(now: number): void {
    let looked = 0;
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt <= now || (looked === 0 && this.#fullAt.size > this.#maxKeys)) {
        this.#fullAt.delete(key);
      }
      looked += 1;
      if (looked === MAX_LOOKS) return;
    }
  }
}
