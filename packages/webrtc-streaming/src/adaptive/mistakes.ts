import { MISTAKE_MS, MISTAKE_WAIT_MS } from "./defaults.ts";

/**
 * Remembers rungs that were climbed to and had to be left soon after: they are not tried again for a
 * while that doubles each time.
 */
export class Mistakes {
  readonly #rungs = new Map<string, { times: number; until: number }>();
  #climbed: { id: string; from: string; at: number } | undefined;

  climbed(from: string, id: string, now: number): void {
    this.#climbed = { id, from, at: now };
  }

  /** Where a rung was climbed to from, if that was so lately that leaving it now makes it a mistake. */
  origin(id: string, now: number): string | undefined {
    const climbed = this.#climbed;
    return climbed?.id === id && now - climbed.at <= MISTAKE_MS ? climbed.from : undefined;
  }

  /** A rung was left because of the network. */
  left(id: string, now: number): void {
    const isMistake = this.origin(id, now) !== undefined;
    this.#climbed = undefined;
    if (!isMistake) return;
    const times = (this.#rungs.get(id)?.times ?? 0) + 1;
    const wait = Math.min(MISTAKE_WAIT_MS.most, MISTAKE_WAIT_MS.least * 2 ** (times - 1));
    this.#rungs.set(id, { times, until: now + wait });
  }

  /** Whether a rung is not to be tried now. */
  forbids(id: string, now: number): boolean {
    return now < (this.#rungs.get(id)?.until ?? 0);
  }

  /** A rung has held: what was known against it is out of date. */
  forgive(id: string, now: number): void {
    if (this.#climbed?.id === id && now - this.#climbed.at > MISTAKE_MS) this.#rungs.delete(id);
  }

  clear(): void {
    this.#rungs.clear();
    this.#climbed = undefined;
  }
}
