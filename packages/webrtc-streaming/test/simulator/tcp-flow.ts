import type { Link } from "./link.ts";
import type { VirtualTime } from "./virtual-time.ts";

const SEGMENT_BYTES = 1_500;
const FIRST_WINDOW = 10;
const LEAST_WINDOW = 2;
const TIMEOUT_MS = 1_000;
/** Segments that must have overtaken one before it counts as lost. */
const OVERTAKEN = 3;

/**
 * Something that fills the queue as TCP does: slow start, then one segment more per round trip, half
 * the window after a loss. What is lost is sent again as new; only its pressure matters here.
 */
export class TcpFlow {
  readonly #time: VirtualTime;
  readonly #link: Link;
  readonly #ackDelayMs: number;
  readonly #onDone: () => void;
  #left: number;
  #window = FIRST_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #next = 0;
  #inFlight = new Map<number, number>();
  /** Losses among what was sent before this are one loss. */
  #recoverAt = 0;
  #lastHeardAt = 0;
  deliveredBytes = 0;

  constructor(
    time: VirtualTime,
    link: Link,
    {
      ackDelayMs,
      bytes = Infinity,
      onDone = () => {},
    }: { ackDelayMs: number; bytes?: number; onDone?: () => void },
  ) {
    this.#time = time;
    this.#link = link;
    this.#ackDelayMs = ackDelayMs;
    this.#left = bytes;
    this.#onDone = onDone;
    this.#lastHeardAt = time.now;
    this.#fill();
    this.#watch();
  }

  #fill(): void {
    while (this.#inFlight.size < Math.floor(this.#window) && this.#left > 0) {
      const segment = this.#next;
      this.#next += 1;
      this.#left -= SEGMENT_BYTES;
      this.#inFlight.set(segment, this.#time.now);
      this.#link.send(SEGMENT_BYTES, () => {
        this.deliveredBytes += SEGMENT_BYTES;
        this.#time.after(this.#ackDelayMs, () => this.#acknowledged(segment));
      });
    }
  }

  #acknowledged(segment: number): void {
    this.#lastHeardAt = this.#time.now;
    if (!this.#inFlight.delete(segment)) return;
    this.#window += this.#window < this.#threshold ? 1 : 1 / this.#window;
    for (const older of this.#inFlight.keys()) {
      if (older + OVERTAKEN > segment) break;
      this.#lost(older);
    }
    this.#goOn();
  }

  #lost(segment: number): void {
    this.#inFlight.delete(segment);
    this.#left += SEGMENT_BYTES;
    if (segment < this.#recoverAt) return;
    this.#recoverAt = this.#next;
    this.#threshold = Math.max(LEAST_WINDOW, this.#window / 2);
    this.#window = this.#threshold;
  }

  #goOn(): void {
    if (this.#left <= 0 && this.#inFlight.size === 0) this.#onDone();
    else this.#fill();
  }

  #watch(): void {
    this.#time.after(TIMEOUT_MS, () => {
      if (this.#left <= 0 && this.#inFlight.size === 0) return;
      if (this.#time.now - this.#lastHeardAt >= TIMEOUT_MS) {
        for (const segment of this.#inFlight.keys()) this.#lost(segment);
        this.#window = LEAST_WINDOW;
        this.#fill();
      }
      this.#watch();
    });
  }
}
