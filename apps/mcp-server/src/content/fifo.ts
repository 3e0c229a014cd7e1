/** A place in a {@link Fifo}; knows its neighbours, so that it can leave from the middle. */
export interface FifoNode {
  readonly key: string;
  /** What it counts for in the sum of its queue. */
  readonly weight: number;
  queue: Fifo | undefined;
  older: FifoNode | undefined;
  newer: FifoNode | undefined;
  /** Asked for since it came into its queue. */
  isUsed: boolean;
}

export function createFifoNode(key: string, weight: number): FifoNode {
  return { key, weight, queue: undefined, older: undefined, newer: undefined, isUsed: false };
}

/** First in, first out, with removal from anywhere; every step takes the same short time. */
export class Fifo {
  #oldest: FifoNode | undefined;
  #newest: FifoNode | undefined;
  #count = 0;
  #weight = 0;

  get count(): number {
    return this.#count;
  }

  get weight(): number {
    return this.#weight;
  }

  get oldest(): FifoNode | undefined {
    return this.#oldest;
  }

  /** @param node one that is in no queue */
  push(node: FifoNode): void {
    node.queue = this;
    node.isUsed = false;
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest === undefined) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
    this.#count += 1;
    this.#weight += node.weight;
  }

  /** @param node one that is in this queue */
  remove(node: FifoNode): void {
    const { older, newer } = node;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    node.queue = undefined;
    node.older = undefined;
    node.newer = undefined;
    this.#count -= 1;
    this.#weight -= node.weight;
  }
}
