import type { Frame } from "./packet.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What the stream asks the viewer to wait before showing (the playout-delay extension). */
const PLAYOUT_DELAY_MS = 400;

/** Frames over which the usual time between two is taken (W3C webrtc-stats, freezeCount). */
const FREEZE_FRAMES = 30;
const FREEZE_MS = 150;

/**
 * Shows frames when they are due and can be decoded, and counts freezes as the W3C statistics define
 * them: a frame shown for longer than three times the usual and 150 ms more than the usual.
 */
export class Playout {
  readonly #time: VirtualTime;
  readonly #frames = new Map<number, Frame>();
  #decoded = -1;
  #base: number | undefined;
  #shownMediaMs = Number.NEGATIVE_INFINITY;
  #shownAt: number | undefined;
  readonly #durations: number[] = [];
  #wakeAt = Number.POSITIVE_INFINITY;
  freezes = 0;
  frozenMs = 0;
  firstShownAt: number | undefined;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** All packets of a frame are here. */
  complete(frame: Frame): void {
    if (frame.id <= this.#decoded) return;
    this.#base ??= this.#time.now - frame.mediaMs;
    this.#frames.set(frame.id, frame);
    this.#advance();
  }

  /** The stream stops on purpose: that is no freeze. */
  pause(): void {
    this.#shownAt = undefined;
  }

  /** The run is over. A picture that stands still until the end counts. */
  end(): void {
    if (this.firstShownAt === undefined) {
      this.freezes = 1;
      this.frozenMs = this.#time.now;
    } else {
      this.#countGap();
    }
  }

  #advance(): void {
    for (;;) {
      const next = this.#next();
      if (next === undefined) return;
      const due = (this.#base ?? 0) + next.mediaMs + PLAYOUT_DELAY_MS;
      if (due > this.#time.now) {
        this.#wake(due);
        return;
      }
      this.#show(next);
    }
  }

  /** The next frame in order, else, when that one is missing, the next key frame. */
  #next(): Frame | undefined {
    const inOrder = this.#frames.get(this.#decoded + 1);
    if (inOrder !== undefined && (inOrder.isKey || this.#decoded >= 0)) return inOrder;
    let key: Frame | undefined;
    for (const frame of this.#frames.values()) {
      if (frame.isKey && (key === undefined || frame.id < key.id)) key = frame;
    }
    return key;
  }

  #show(frame: Frame): void {
    this.#decoded = frame.id;
    for (const id of this.#frames.keys()) if (id <= frame.id) this.#frames.delete(id);
    // Decoded to get to others; its picture has been seen on another rung.
    if (frame.mediaMs <= this.#shownMediaMs) return;
    this.#countGap();
    this.#shownMediaMs = frame.mediaMs;
    this.#shownAt = this.#time.now;
    this.firstShownAt ??= this.#time.now;
  }

  #countGap(): void {
    if (this.#shownAt === undefined) return;
    const duration = this.#time.now - this.#shownAt;
    const durations = this.#durations;
    if (durations.length > 0) {
      const usual = durations.reduce((sum, each) => sum + each, 0) / durations.length;
      if (duration > Math.max(3 * usual, usual + FREEZE_MS)) {
        this.freezes += 1;
        this.frozenMs += duration;
      }
    }
    durations.push(duration);
    if (durations.length > FREEZE_FRAMES) durations.shift();
  }

  #wake(at: number): void {
    if (at >= this.#wakeAt && this.#wakeAt > this.#time.now) return;
    this.#wakeAt = at;
    this.#time.at(at, () => this.#advance());
  }
}
