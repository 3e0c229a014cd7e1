import { PACING_BITS_PER_SECOND, PACING_BURST_MS, PACING_QUEUE_BYTES } from "../defaults.ts";

/** A packet ready to leave. */
export interface PacedPacket {
  /** Repeats go before all that waits: they are later than the rest already. */
  readonly kind: "repeat" | "video";
  /** On the wire, with all headers. */
  readonly bytes: number;
  send(): void;
  /** It will not be sent. */
  dropped?(): void;
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
  #bytesPerMs: number;
  readonly #now: () => number;
  #queue: { packet: PacedPacket; queuedAt: number }[] = [];
  #queuedBytes = 0;
  #budget = 0;
  #filledAt: number;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #delayMs = 0;
  #totalDelayMs = 0;
  #closed = false;

  constructor({
    bitsPerSecond = PACING_BITS_PER_SECOND,
    now = () => performance.now(),
  }: PacerInit = {}) {
    this.#bytesPerMs = bytesPerMs(bitsPerSecond);
    this.#now = now;
    this.#filledAt = now();
  }

  /** The rate from now on; what waits already leaves at the new one. @throws RangeError unless above 0 */
  set bitsPerSecond(rate: number) {
    this.#refill();
    this.#bytesPerMs = bytesPerMs(rate);
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#drain();
  }

  get bitsPerSecond(): number {
    return this.#bytesPerMs * 8 * 1_000;
  }

  /** How long the last packet waited here, in milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** How long all packets together have waited here. */
  get totalDelayMs(): number {
    return this.#totalDelayMs;
  }

  /** Bytes that wait. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Resolves when there is room; producers of video wait for it before each frame. */
  async ready(): Promise<void> {
    while (this.#queuedBytes > PACING_QUEUE_BYTES && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  /** Queues packets that are ready together, such as those of a frame. */
  push(packets: readonly PacedPacket[]): void {
    if (this.#closed) {
      for (const packet of packets) packet.dropped?.();
      return;
    }
    const queuedAt = this.#now();
    for (const packet of packets) {
      const entry = { packet, queuedAt };
      if (packet.kind === "repeat") this.#queue.unshift(entry);
      else this.#queue.push(entry);
      this.#queuedBytes += packet.bytes;
    }
    if (this.#timer === undefined) this.#drain();
  }

  /** What has been sent past the pacer takes its share of the rate all the same. @param bytes on the wire */
  account(bytes: number): void {
    this.#refill();
    this.#budget -= bytes;
  }

  /** Forgets what has not left: after a seek it is out of date. */
  clear(): void {
    const forgotten = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const { packet } of forgotten) packet.dropped?.();
    this.#release();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.clear();
  }

  #refill(): number {
    const now = this.#now();
    const most = this.#bytesPerMs * PACING_BURST_MS;
    this.#budget = Math.min(most, this.#budget + (now - this.#filledAt) * this.#bytesPerMs);
    this.#filledAt = now;
    return now;
  }

  #drain(): void {
    this.#timer = undefined;
    const now = this.#refill();
    let sent = 0;
    for (const { packet, queuedAt } of this.#queue) {
      if (this.#budget <= 0) break;
      this.#budget -= packet.bytes;
      this.#queuedBytes -= packet.bytes;
      this.#delayMs = now - queuedAt;
      this.#totalDelayMs += this.#delayMs;
      sent += 1;
      packet.send();
    }
    if (sent > 0) this.#queue.splice(0, sent);
    if (this.#queuedBytes <= PACING_QUEUE_BYTES) this.#release();
    if (this.#queue.length > 0 && !this.#closed) {
      // The budget is below zero by what was sent too much: that is the time to wait, in whole timer ticks.
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

function bytesPerMs(bitsPerSecond: number): number {
  if (!(bitsPerSecond > 0)) throw new RangeError("The pace must be above 0 bits per second.");
  return bitsPerSecond / 8 / 1_000;
}
