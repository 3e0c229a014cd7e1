import type { CID } from "@ipfs-kit/core";

/** A root that somebody reads. */
export interface ReadRoot {
  readonly cid: CID;
  readers: number;
}

/** The roots that are being read at this moment: garbage or not, they stay until that is over. */
export class ReadsUnderWay implements Iterable<ReadRoot> {
  readonly #roots = new Map<string, ReadRoot>();

  /** @returns what to call when the read is over; calling it again changes nothing */
  began(cid: CID): () => void {
    const key = cid.toString();
    const root = this.#roots.get(key) ?? { cid, readers: 0 };
    root.readers += 1;
    this.#roots.set(key, root);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      root.readers -= 1;
      if (root.readers === 0) this.#roots.delete(key);
    };
  }

  [Symbol.iterator](): Iterator<ReadRoot> {
    return [...this.#roots.values()][Symbol.iterator]();
  }
}
