import { createFifoNode, Fifo, type FifoNode } from "./fifo.ts";

/** Of the room, what newcomers may fill while there is something older to keep. */
const PROBATION_SHARE = 0.25;
/** Keys remembered after they left, at least; else twice as many as there are entries. */
const MIN_GHOSTS = 1024;

export interface CacheOrderInit {
  /** What all entries together may weigh. */
  maxWeight: number;
  /** @default no limit */
  maxCount?: number;
  /** Told of every entry that has to go; not of those removed on request. */
  onEvict: (key: string) => void;
}

/**
 * Which entries of a cache stay when room is short: 2Q with a clock. A newcomer is on probation, in a
 * queue of a quarter of the room, and how often it is asked for there does not count: one reader of
 * a file asks for each block many times. When it has left and is asked for again while its key is
 * still remembered, it is kept among the proven, where whatever was used since the last turn gets
 * another one.
 *
 * Scan resistance: reading any amount once pushes out at most the quarter on probation, never what
 * is proven. What has not been asked for again is forgotten in time, so that tastes may change.
 */
export class CacheOrder {
  readonly #maxWeight: number;
  readonly #maxCount: number;
  readonly #onEvict: (key: string) => void;
  readonly #entries = new Map<string, FifoNode>();
  readonly #probation = new Fifo();
  readonly #proven = new Fifo();
  readonly #ghosts = new Map<string, FifoNode>();
  readonly #ghostQueue = new Fifo();

  constructor({ maxWeight, maxCount = Infinity, onEvict }: CacheOrderInit) {
    this.#maxWeight = maxWeight;
    this.#maxCount = maxCount;
    this.#onEvict = onEvict;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** The sum of all entries; never above what it may be. */
  get weight(): number {
    return this.#probation.weight + this.#proven.weight;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Notes that an entry was asked for. */
  use(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.isUsed = true;
  }

  /**
   * Takes in an entry, and evicts others until there is room.
   *
   * @returns whether it was taken in: not when it is there already, or too large for any room
   */
  add(key: string, weight: number): boolean {
    if (weight > this.#maxWeight || this.#maxCount < 1 || this.#entries.has(key)) return false;
    const ghost = this.#ghosts.get(key);
    if (ghost !== undefined) this.#forget(ghost);
    const entry = createFifoNode(key, weight);
    while (this.weight + weight > this.#maxWeight || this.count >= this.#maxCount) this.#evict();
    (ghost === undefined ? this.#probation : this.#proven).push(entry);
    this.#entries.set(key, entry);
    return true;
  }

  /** Removes an entry, and every memory of it. */
  remove(key: string): boolean {
    const ghost = this.#ghosts.get(key);
    if (ghost !== undefined) this.#forget(ghost);
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    entry.queue?.remove(entry);
    this.#entries.delete(key);
    return true;
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  #evict(): void {
    for (;;) {
      const { oldest: newcomer } = this.#probation;
      const isCrowded =
        this.#probation.weight > this.#maxWeight * PROBATION_SHARE ||
        this.#probation.count > this.#maxCount * PROBATION_SHARE;
      if (newcomer !== undefined && (isCrowded || this.#proven.count === 0)) {
        this.#drop(newcomer);
        this.#remember(newcomer.key);
        return;
      }
      const { oldest } = this.#proven;
      if (oldest === undefined) return;
      if (!oldest.isUsed) {
        this.#drop(oldest);
        return;
      }
      this.#proven.remove(oldest);
      this.#proven.push(oldest);
    }
  }

  #drop(entry: FifoNode): void {
    entry.queue?.remove(entry);
    this.#entries.delete(entry.key);
    this.#onEvict(entry.key);
  }

  #remember(key: string): void {
    const ghost = createFifoNode(key, 0);
    this.#ghosts.set(key, ghost);
    this.#ghostQueue.push(ghost);
    const max = Math.max(MIN_GHOSTS, 2 * this.#entries.size);
    while (this.#ghostQueue.count > max) {
      const { oldest } = this.#ghostQueue;
      if (oldest !== undefined) this.#forget(oldest);
    }
  }

  #forget(ghost: FifoNode): void {
    ghost.queue?.remove(ghost);
    this.#ghosts.delete(ghost.key);
  }
}
