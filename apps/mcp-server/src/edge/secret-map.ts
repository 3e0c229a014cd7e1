import { randomSecret } from "./token-text.ts";

export interface SecretMapInit {
  /** How long each is good, in milliseconds. */
  lifeMs: number;
  /** How many there are at most; a new one then takes the place of the oldest of whoever has the most. */
  max: number;
}

/**
 * Values under secrets that it makes up: tickets, sessions. In memory only, gone with the process.
 * Time is that since the process started, so that setting the clock ends none of them.
 */
export class SecretMap<Value> {
  readonly #init: SecretMapInit;
  /** Oldest first, and so the first to end. */
  readonly #entries = new Map<string, { value: Value; owner: string; endsAt: number }>();

  constructor(init: SecretMapInit) {
    this.#init = init;
  }

  /**
   * @param owner whose it is: those who take many take them from themselves
   * @returns the secret: 43 characters, safe in headers
   */
  add(value: Value, owner: string): string {
    const now = performance.now();
    for (const [secret, { endsAt }] of this.#entries) {
      if (endsAt > now) break;
      this.#entries.delete(secret);
    }
    if (this.#entries.size >= this.#init.max) this.#makeRoom();
    const secret = randomSecret();
    this.#entries.set(secret, { value, owner, endsAt: now + this.#init.lifeMs });
    return secret;
  }

  get(secret: string): Value | undefined {
    const entry = this.#entries.get(secret);
    return entry !== undefined && entry.endsAt > performance.now() ? entry.value : undefined;
  }

  /** The value, for the last time. */
  take(secret: string): Value | undefined {
    const value = this.get(secret);
    this.#entries.delete(secret);
    return value;
  }

  /** Drops the oldest of whoever has the most. */
  #makeRoom(): void {
    const owned = Map.groupBy(this.#entries, ([, { owner }]) => owner);
    const most = Array.from(owned.values()).reduce((a, b) => (b.length > a.length ? b : a));
    const [oldest] = most;
    if (oldest !== undefined) this.#entries.delete(oldest[0]);
  }
}
