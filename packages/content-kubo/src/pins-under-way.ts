/** Those who want to pin one root, while at least one of them is at it. */
interface Group {
  underWay: Set<Promise<void>>;
  /** One of them has said that the root is newly pinned. */
  isTold: boolean;
}

/**
 * Who is about to pin which root. Kubo takes a pin that is there away, goes through the DAG and sets it
 * anew: whoever found the root unpinned and asked for a pin may therefore, for a moment, undo the pin
 * another has just got. So nobody says "pinned" before those who asked at the same time have ended.
 *
 * Nobody waits here with a request open: Kubo's garbage collector waits for such requests, and all
 * other requests wait for it.
 */
export class PinsUnderWay {
  readonly #groups = new Map<string, Group>();

  /** Says that these roots are about to be pinned; the returned function, that it is over. */
  begin(keys: Iterable<string>): () => void {
    const wanted = new Set(keys);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    for (const key of wanted) {
      const group = this.#groups.get(key) ?? { underWay: new Set(), isTold: false };
      group.underWay.add(over);
      this.#groups.set(key, group);
    }
    return () => {
      resolve();
      for (const key of wanted) {
        const group = this.#groups.get(key);
        group?.underWay.delete(over);
        if (group?.underWay.size === 0) this.#groups.delete(key);
      }
    };
  }

  /** Of those who are at it, the first to ask is told that the pin is its own: `true`. */
  claim(key: string): boolean {
    const group = this.#groups.get(key);
    if (group?.isTold === true) return false;
    if (group !== undefined) group.isTold = true;
    return true;
  }

  /**
   * Waits for those who are at it at this moment, oneself no longer among them.
   *
   * @returns whether there were any
   */
  async othersEnded(keys: Iterable<string>): Promise<boolean> {
    const others: Promise<void>[] = [];
    for (const key of keys) others.push(...(this.#groups.get(key)?.underWay ?? []));
    await Promise.all(others);
    return others.length > 0;
  }
}
