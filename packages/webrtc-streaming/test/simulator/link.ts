import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a link loses, besides what its queue has no room for. */
type Loss =
  | { kind: "random"; ratio: number }
  /** Gilbert and Elliott: good and bad times; each packet may change them. */
  | { kind: "bursts"; begins: number; ends: number; lossInBurst: number };

export interface LinkInit {
  /** Bits per second from a time in seconds on; the first from 0. Absent: as fast as one likes. */
  rate?: readonly (readonly [fromSeconds: number, bitsPerSecond: number])[];
  /** Room in the queue, as time at the rate of the moment. @default 300 */
  queueMs?: number;
  /** Room in the queue in bytes instead: then a rate that falls makes a long queue. */
  queueBytes?: number;
  /** Time on the way, in milliseconds. @default 50 */
  delayMs?: number;
  /** More time on the way, at random up to this; the order stays. @default 0 */
  jitterMs?: number;
  loss?: Loss;
}

/** A bottleneck with a drop-tail queue, and the way behind it. */
export class Link {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #init: LinkInit;
  readonly #queue: { bytes: number; deliver: () => void; delayMs: number }[] = [];
  #queuedBytes = 0;
  #busy = false;
  #isBad = false;
  /** The order is kept for each of those who share the link. */
  readonly #lastArrival = new Map<number, number>();
  droppedPackets = 0;
  sentPackets = 0;

  constructor(time: VirtualTime, random: Random, init: LinkInit) {
    this.#time = time;
    this.#random = random;
    this.#init = init;
  }

  /** @param delayMs of this packet's own way, instead of the link's */
  send(bytes: number, deliver: () => void, delayMs = this.#init.delayMs ?? 50): void {
    this.sentPackets += 1;
    if (this.#init.rate === undefined) {
      this.#travel({ deliver, delayMs });
      return;
    }
    const room =
      this.#init.queueBytes ?? (this.#bitsPerSecond / 8_000) * (this.#init.queueMs ?? 300);
    // An empty queue takes one packet however slow the link is.
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > room) {
      this.droppedPackets += 1;
      return;
    }
    this.#queue.push({ bytes, deliver, delayMs });
    this.#queuedBytes += bytes;
    if (!this.#busy) this.#serve();
  }

  get #bitsPerSecond(): number {
    const seconds = this.#time.now / 1_000;
    return this.#init.rate?.findLast(([from]) => from <= seconds)?.[1] ?? Infinity;
  }

  #serve(): void {
    const packet = this.#queue.shift();
    this.#busy = packet !== undefined;
    if (packet === undefined) return;
    this.#time.after((packet.bytes * 8_000) / this.#bitsPerSecond, () => {
      this.#queuedBytes -= packet.bytes;
      this.#travel(packet);
      this.#serve();
    });
  }

  #travel({ deliver, delayMs }: { deliver: () => void; delayMs: number }): void {
    if (this.#isLost()) {
      this.droppedPackets += 1;
      return;
    }
    const arrival = this.#time.now + delayMs + this.#random() * (this.#init.jitterMs ?? 0);
    const inOrder = Math.max(arrival, this.#lastArrival.get(delayMs) ?? 0);
    this.#lastArrival.set(delayMs, inOrder);
    this.#time.at(inOrder, deliver);
  }

  #isLost(): boolean {
    const { loss } = this.#init;
    if (loss === undefined) return false;
    if (loss.kind === "random") return this.#random() < loss.ratio;
    if (this.#random() < (this.#isBad ? loss.ends : loss.begins)) this.#isBad = !this.#isBad;
    return this.#isBad && this.#random() < loss.lossInBurst;
  }
}
