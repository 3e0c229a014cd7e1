/** Where the playback is: what the server said last, carried on by the local clock. */
export class PositionClock {
  readonly #now: () => number;
  #anchorSeconds: number;
  #anchoredAt: number;
  #running = false;
  #duration: number | undefined;

  constructor(now: () => number, startSeconds: number) {
    this.#now = now;
    this.#anchorSeconds = startSeconds;
    this.#anchoredAt = now();
  }

  get duration(): number | undefined {
    return this.#duration;
  }

  get position(): number {
    const passed = this.#running ? (this.#now() - this.#anchoredAt) / 1000 : 0;
    return Math.min(this.#anchorSeconds + passed, this.#duration ?? Infinity);
  }

  /** Takes over what the server knows; what it left out stays as it is. */
  anchor({
    position = this.position,
    duration = this.#duration,
  }: {
    position?: number | undefined;
    duration?: number | undefined;
  }): void {
    this.#anchorSeconds = position;
    this.#anchoredAt = this.#now();
    this.#duration = duration;
  }

  run(running: boolean): void {
    this.anchor({});
    this.#running = running;
  }
}
