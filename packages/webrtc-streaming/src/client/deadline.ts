/** One timer that is armed, re-armed and taken down; at most one is running. */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Runs `onPassed` in `ms` milliseconds, instead of what was set before. */
  set(ms: number, onPassed: () => void): void {
    this.clear();
    this.#timer = setTimeout(onPassed, ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
