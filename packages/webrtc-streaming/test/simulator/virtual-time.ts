interface Task {
  at: number;
  order: number;
  run: () => void;
}

/**
 * A clock that jumps from one thing to the next, so that minutes pass in milliseconds. What is due at
 * one time runs in the order in which it was asked for.
 */
export class VirtualTime {
  #now = 0;
  #order = 0;
  readonly #heap: Task[] = [];

  /** Milliseconds. */
  get now(): number {
    return this.#now;
  }

  at(time: number, run: () => void): void {
    this.#order += 1;
    const task = { at: Math.max(time, this.#now), order: this.#order, run };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(task);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const other = heap[above];
      if (other === undefined || isBefore(other, task)) break;
      heap[index] = other;
      heap[above] = task;
      index = above;
    }
  }

  after(delay: number, run: () => void): void {
    this.at(this.#now + delay, run);
  }

  every(interval: number, run: () => void, from = this.#now + interval): void {
    this.at(from, () => {
      run();
      this.every(interval, run, from + interval);
    });
  }

  runUntil(end: number): void {
    for (;;) {
      const [task] = this.#heap;
      if (task === undefined || task.at > end) break;
      this.#pop();
      this.#now = task.at;
      task.run();
    }
    this.#now = end;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      let other = heap[below];
      const right = heap[below + 1];
      if (other === undefined) break;
      if (right !== undefined && isBefore(right, other)) {
        below += 1;
        other = right;
      }
      if (isBefore(last, other)) break;
      heap[index] = other;
      index = below;
    }
    heap[index] = last;
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
