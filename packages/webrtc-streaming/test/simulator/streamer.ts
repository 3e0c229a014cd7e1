import { AdaptiveBitrateController } from "../../src/adaptive/adaptive-bitrate-controller.ts";
import type { AdaptiveDecision } from "../../src/adaptive/decision.ts";
import type { Ladder, Rung } from "../../src/adaptive/ladder.ts";
import type { TransportPacket } from "../../src/congestion/pacing-queue.ts";
import { TransportController } from "../../src/congestion/transport-controller.ts";
import { GOP_MS, gopSizes } from "./content.ts";
import { HEADER_BYTES, PAYLOAD_BYTES, type Frame, type SimulatedPacket } from "./packet.ts";
import type { ViewerMessage } from "./viewer.ts";
import type { VirtualTime } from "./virtual-time.ts";

/**
 * How a sender answers to the network: as this package does; with nothing but the far end's own
 * estimate to go by; or not at all, on the top rung.
 */
export type Mode = "adaptive" | "remb" | "fixed";

export interface StreamerInit {
  time: VirtualTime;
  ladder: Ladder;
  mode: Mode;
  seed: number;
  put: (packet: SimulatedPacket) => void;
}

const CONTROL_MS = 100;
const HEAD_START_MS = 20;
/** Packets can be asked for again this long, and not twice within a moment. */
const REPEAT_WINDOW_MS = 1_000;
const REPEAT_GAP_MS = 20;
/** Repeats earn no more than the media takes, as in the package's sender. */
const REPEAT_BURST_BYTES = 128 * 1024;
/** A Node timer does not know fractions of a millisecond. */
const TIMER_MS = 1;

type Stored = Omit<SimulatedPacket, "transportSequence" | "sentAt" | "isRepeat"> & {
  sentAt: number;
  repeatedAt: number;
};

/** A sender of stored content: cuts frames into packets and moves along the ladder as it is told. */
export class Streamer {
  readonly controller: AdaptiveBitrateController;
  readonly transport: TransportController;
  readonly #init: StreamerInit;
  #rung: Rung;
  /** The rung that begins with the next group. */
  #next: Rung;
  #isPaused = false;
  #frames = 0;
  #sequence = 0;
  #transportSequence = 0;
  #startedAt = 0;
  readonly #stored = new Map<number, Stored>();
  #latest: Stored | undefined;
  #pollAt = Number.POSITIVE_INFINITY;
  #repeatBudget = REPEAT_BURST_BYTES;
  #run = 0;
  /** Which rung was sent from when on. */
  readonly entered: { at: number; rung: Rung }[] = [];
  sentBytes = 0;
  repeatedBytes = 0;
  paddingBytes = 0;

  constructor(init: StreamerInit) {
    this.#init = init;
    const { time, ladder, mode } = init;
    this.controller = new AdaptiveBitrateController({
      ladder,
      quality: mode === "fixed" ? 100 : "auto",
      now: time.now,
    });
    const blind = {
      startBitsPerSecond: 20_000_000,
      minBitsPerSecond: 20_000_000,
      maxBitsPerSecond: 20_000_000,
    };
    this.transport = new TransportController({
      createPadding: () => this.#padding(),
      feedback: mode === "remb" ? "remb" : "transport",
      ...(mode === "fixed" ? blind : {}),
    });
    this.#rung = this.controller.rung;
    this.#next = this.#rung;
    this.entered.push({ at: time.now, rung: this.#rung });
  }

  start(): void {
    this.#startedAt = this.#init.time.now;
    this.#setRates();
    this.#playGop(0, this.#run);
    this.#init.time.every(CONTROL_MS, () => this.#control());
  }

  pause(): void {
    this.#isPaused = true;
    this.#run += 1;
    this.transport.clear();
    this.transport.setRates({ media: 0, wanted: 0, least: 0 });
  }

  resume(): void {
    this.#isPaused = false;
    this.#run += 1;
    this.#setRates();
    // Content goes on where it was; a whole group is a good enough place here.
    const gop = Math.ceil((this.#init.time.now - this.#startedAt) / GOP_MS);
    this.#init.time.at(this.#startedAt + gop * GOP_MS, () => this.#playGop(gop, this.#run));
  }

  receive(message: ViewerMessage): void {
    const { now } = this.#init.time;
    switch (message.kind) {
      case "transport":
        this.transport.onTransportFeedback(message.bytes, now);
        this.#control();
        break;
      case "application":
        this.transport.onApplicationFeedback(message.bytes);
        this.#control();
        break;
      case "report":
        this.transport.onReceiverReport({ lossRatio: message.lossRatio }, now);
        break;
      case "nack":
        for (const sequence of message.sequences) this.#repeat(sequence);
        this.#poll();
        break;
    }
  }

  /** Sends a group's frames, each at its time; those whose time is past at once. */
  #playGop(gop: number, run: number): void {
    if (run !== this.#run) return;
    const { time, seed } = this.#init;
    this.#enter(this.#next);
    const rung = this.#rung;
    const sizes = gopSizes(rung, gop, seed);
    const begin = gop * GOP_MS;
    for (const [index, bytes] of sizes.entries()) {
      const mediaMs = begin + (index * GOP_MS) / sizes.length;
      const sendAt = this.#startedAt + mediaMs + HEAD_START_MS;
      time.at(sendAt, () => {
        if (run === this.#run)
          this.#sendFrame({ rung: rung.id, isKey: index === 0, mediaMs, bytes });
      });
    }
    time.at(this.#startedAt + begin + GOP_MS, () => this.#playGop(gop + 1, run));
  }

  #enter(rung: Rung): void {
    if (rung === this.#rung) return;
    this.#rung = rung;
    this.entered.push({ at: this.#init.time.now, rung });
    this.#setRates();
  }

  #sendFrame(frame: Pick<Frame, "rung" | "isKey" | "mediaMs" | "bytes">): void {
    const { now } = this.#init.time;
    const packets = Math.ceil(frame.bytes / PAYLOAD_BYTES);
    const whole: Frame = { ...frame, id: this.#frames, packets };
    let isNumbered = false;
    for (let part = 0; part < packets; part += 1) {
      const payload = Math.min(PAYLOAD_BYTES, frame.bytes - part * PAYLOAD_BYTES);
      const bytes = payload + HEADER_BYTES;
      const send = () => {
        // Numbers are given when a packet leaves: what is dropped before leaves no hole.
        if (!isNumbered) {
          whole.id = this.#frames;
          this.#frames += 1;
          isNumbered = true;
        }
        const sequence = this.#sequence;
        this.#sequence += 1;
        this.#put({ sequence, bytes, frame: whole, part }, false);
      };
      this.transport.enqueue({ kind: "video", bytes, send }, now);
    }
    this.#poll();
  }

  #put(packet: Omit<Stored, "sentAt" | "repeatedAt">, isRepeat: boolean): void {
    const { now } = this.#init.time;
    if (!isRepeat) {
      this.#latest = { ...packet, sentAt: now, repeatedAt: Number.NEGATIVE_INFINITY };
      this.#stored.set(packet.sequence, this.#latest);
      for (const [sequence, { sentAt }] of this.#stored) {
        if (now - sentAt <= REPEAT_WINDOW_MS) break;
        this.#stored.delete(sequence);
      }
    }
    if (!isRepeat) {
      this.#repeatBudget = Math.min(REPEAT_BURST_BYTES, this.#repeatBudget + packet.bytes);
    }
    this.sentBytes += packet.bytes;
    const { sequence, bytes, frame, part } = packet;
    const transportSequence = this.#transportSequence;
    this.#transportSequence += 1;
    this.transport.onSent(transportSequence, bytes, now);
    this.#init.put({ sequence, bytes, frame, part, transportSequence, sentAt: now, isRepeat });
  }

  #repeat(sequence: number): void {
    const { now } = this.#init.time;
    const stored = this.#stored.get(sequence);
    if (stored === undefined || now - stored.repeatedAt < REPEAT_GAP_MS) return;
    if (stored.bytes > this.#repeatBudget) return;
    this.#repeatBudget -= stored.bytes;
    stored.repeatedAt = now;
    this.transport.enqueue(this.#repeatOf(stored), now);
  }

  #repeatOf(stored: Stored): TransportPacket {
    return {
      kind: "repeat",
      bytes: stored.bytes,
      send: () => {
        this.repeatedBytes += stored.bytes;
        this.#put(stored, true);
      },
    };
  }

  #padding(): TransportPacket | undefined {
    const latest = this.#latest;
    if (latest === undefined) return undefined;
    this.paddingBytes += latest.bytes;
    return this.#repeatOf(latest);
  }

  #control(): void {
    const { now } = this.#init.time;
    if (this.#isPaused) return;
    const { estimate, lossRatio, queueDelayMs, pacerDelayMs } = this.transport.state(now);
    const elapsedSeconds = ((now - this.#startedAt) % GOP_MS) / 1_000;
    const gop = { elapsedSeconds, lengthSeconds: GOP_MS / 1_000 };
    const decision = this.controller.update(
      { estimate, lossRatio, queueDelayMs, pacerDelayMs, gop },
      now,
    );
    if (decision !== undefined) this.#follow(decision);
    this.#poll();
  }

  #follow({ to, entry }: AdaptiveDecision): void {
    this.#next = to;
    if (entry === "next_key_frame") return;
    this.#run += 1;
    this.transport.clear();
    this.#stored.clear();
    const gop = Math.floor((this.#init.time.now - this.#startedAt) / GOP_MS);
    if (entry === "current_gop") {
      this.#playGop(gop, this.#run);
    } else {
      const run = this.#run;
      this.#init.time.at(this.#startedAt + (gop + 1) * GOP_MS, () => this.#playGop(gop + 1, run));
    }
  }

  #setRates(): void {
    const { controller } = this;
    this.transport.setRates({
      media: controller.needBitsPerSecond,
      wanted: controller.wantedBitsPerSecond,
      least: controller.leastBitsPerSecond,
    });
  }

  #poll(): void {
    const { time } = this.#init;
    const next = this.transport.poll(time.now);
    if (next === undefined) return;
    const at = Math.max(time.now + TIMER_MS, Math.ceil(next));
    if (at >= this.#pollAt && this.#pollAt > time.now) return;
    this.#pollAt = at;
    time.at(at, () => {
      if (this.#pollAt === at) this.#poll();
    });
  }
}
