import { REPEAT_QUEUE_BYTES, VIDEO_QUEUE_BYTES } from "./defaults.ts";
import { Fifo } from "./fifo.ts";

/**
 * A packet ready to leave. Two kinds wait: what is sent again goes before new video, because the
 * viewer already waits for it.
 */
export interface TransportPacket {
  kind: "repeat" | "video";
  /** On the wire: payload, RTP header with extensions, SRTP tag, UDP and IP. */
  bytes: number;
  /** Puts it on the wire. */
  send(): void;
  /** It will not be sent. */
  dropped?(): void;
}

interface Waiting {
  packet: TransportPacket;
  since: number;
}

/**
 * What waits to be sent. Bounded so: repeats beyond {@link REPEAT_QUEUE_BYTES} push out the oldest
 * repeats. Video is never dropped from the middle, where it would break every frame up to the next key
 * frame: at {@link VIDEO_QUEUE_BYTES} its producer is held back ({@link hasRoom}), and it is all dropped
 * at once when the viewer moves to another rung or position ({@link clear}).
 */
export class PacingQueue {
  #queues = { repeat: new Fifo<Waiting>(), video: new Fifo<Waiting>() };
  #bytes = { repeat: 0, video: 0 };

  get bytes(): number {
    return this.#bytes.repeat + this.#bytes.video;
  }

  /** Whether video may be added. One frame may go beyond the bound. */
  get hasRoom(): boolean {
    return this.#bytes.video < VIDEO_QUEUE_BYTES;
  }

  get isEmpty(): boolean {
    return this.#queues.repeat.size === 0 && this.#queues.video.size === 0;
  }

  /** How long the oldest video packet has waited, in milliseconds. */
  delayMs(now: number): number {
    const oldest = this.#queues.video.peek();
    return oldest === undefined ? 0 : now - oldest.since;
  }

  push(packet: TransportPacket, now: number): void {
    this.#queues[packet.kind].push({ packet, since: now });
    this.#bytes[packet.kind] += packet.bytes;
    while (this.#bytes.repeat > REPEAT_QUEUE_BYTES) this.#take("repeat")?.dropped?.();
  }

  take(): TransportPacket | undefined {
    return this.#take("repeat") ?? this.#take("video");
  }

  /** Forgets all that waits: after a change of rung or position it is out of date. */
  clear(): void {
    const queues = this.#queues;
    this.#queues = { repeat: new Fifo(), video: new Fifo() };
    this.#bytes = { repeat: 0, video: 0 };
    for (const queue of Object.values(queues)) {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        next.packet.dropped?.();
      }
    }
  }

  #take(kind: TransportPacket["kind"]): TransportPacket | undefined {
    const packet = this.#queues[kind].shift()?.packet;
    if (packet !== undefined) this.#bytes[kind] -= packet.bytes;
    return packet;
  }
}
