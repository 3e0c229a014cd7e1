import { PACING_BITS_PER_SECOND, PACING_BURST_MS, PACING_QUEUE_BYTES } from "../defaults.ts";

/** A packet ready to leave. */
export interface PacedPacket {
  bytes: number;
  send(): void;
}

export interface PacerInit {
  /** @default 20 Mbit/s */
  bitsPerSecond?: number;
  /** Milliseconds that only go up. @default performance.now */
  now?: () => number;
}

/**
 * Spreads the packets of one transport over time, so that a key frame does not leave as one burst
 * (a leaky bucket that lets {@link PACING_BURST_MS} worth of packets through at once). First in,
 * first out; nothing is dropped: {@link ready} holds the producer back instead.
 */
export class Pacer {
  readonly #bytesPerMs: number;
  readonly #now: () => number;
  #queue: { packet: PacedPacket; queuedAt: number }[] = [];
  #queuedBytes = 0;
  #budget = 0;
  #filledAt: number;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #delayMs = 0;
  #closed = false;

  constructor({
    bitsPerSecond = PACING_BITS_PER_SECOND,
    now = () => performance.now(),
  }: PacerInit = {}) {
    this.#bytesPerMs = bitsPerSecond / 8 / 1_000;
    this.#now = now;
    this.#filledAt = now();
  }

  /** How long the last packet waited here, in milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** Resolves when there is room; producers of video wait for it before each frame. */
  async ready(): Promise<void> {
    while (this.#queuedBytes > PACING_QUEUE_BYTES && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  /** @param first before all that waits: what is sent again is later than the rest already */
  push(packet: PacedPacket, { first = false }: { first?: boolean } = {}): void {
    if (this.#closed) return;
    const entry = { packet, queuedAt: this.#now() };
    if (first) this.#queue.unshift(entry);
    else this.#queue.push(entry);
    this.#queuedBytes += packet.bytes;
    if (this.#timer === undefined) this.#drain();
  }

  /** Forgets what has not left: after a seek it is out of date. */
  clear(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#release();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.clear();
  }

  #drain(): void {
    this.#timer = undefined;
    const now = this.#now();
    const most = this.#bytesPerMs * PACING_BURST_MS;
    this.#budget = Math.min(most, this.#budget + (now - this.#filledAt) * this.#bytesPerMs);
    this.#filledAt = now;
    let sent = 0;
    for (const { packet, queuedAt } of this.#queue) {
      if (this.#budget <= 0) break;
      this.#budget -= packet.bytes;
      this.#queuedBytes -= packet.bytes;
      this.#delayMs = now - queuedAt;
      sent += 1;
      packet.send();
    }
    if (sent > 0) this.#queue.splice(0, sent);
    if (this.#queuedBytes <= PACING_QUEUE_BYTES) this.#release();
    if (this.#queue.length > 0 && !this.#closed) {
      // The budget is negative by less than a packet: that is the time to wait, in whole timer ticks.
      const wait = Math.max(1, Math.ceil(-this.#budget / this.#bytesPerMs));
      this.#timer = setTimeout(() => this.#drain(), wait);
    }
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
