import { delay, errorCodeOf, IpfsKitError, type TaskScope } from "@ipfs-kit/core";

import { STALL_MS } from "../defaults.ts";
import type { MediaSender } from "../sender/media-sender.ts";
import type { Pacer } from "../sender/pacer.ts";
import type { SessionClock } from "../sender/session-clock.ts";
import type { MediaFile, MediaPacket, TrackKind } from "../source/media-file.ts";
import { KeyFrameRequests } from "./key-frame-requests.ts";
import { readAhead } from "./read-ahead.ts";

export interface PlayerInit {
  file: Pick<MediaFile, "packets" | "durationSeconds" | "trackCount">;
  senders: readonly Pick<MediaSender, "format" | "sendFrame">[];
  clock: SessionClock;
  pacer: Pacer;
  scope: TaskScope;
  /** The first frame of all has been handed over. */
  onFirstFrame: () => void;
  /** Every track has been played to its end. */
  onEnded: () => void;
  /** Reading failed; playback has stopped. */
  onError: (error: unknown) => void;
}

/**
 * The least time between two packets of a track, whatever their time stamps say. For video it is what
 * frames before the asked position are shown for: not long enough to be seen. For audio it is the
 * shortest packet Opus knows, so that a file with absurd time stamps does not leave as a flood.
 */
const LEAST_STEP_MS: Readonly<Record<TrackKind, number>> = { video: 0.2, audio: 2.5 };

/** Containers round: an end this much too early is not a broken one. */
const END_TOLERANCE_SECONDS = 1;

/** Where media time and the session's clock meet. */
interface Anchor {
  mediaSeconds: number;
  at: number;
}

/** One track on its way from a position to the end. */
interface Run {
  sender: PlayerInit["senders"][number];
  fromSeconds: number;
  controller: AbortController;
  /** Frames before the asked position are being sent. */
  prerolling: boolean;
}

/**
 * Plays a file into its senders in real time. All tracks share one anchor between media time and the
 * session's clock, so that they stay in step through pause, seek and stall.
 *
 * A seek lands on the asked position even where key frames are far apart: the frames from the key
 * frame up to it are sent at once, with time stamps so close together that none of them is seen.
 */
export class Player {
  readonly #init: PlayerInit;
  readonly #runs = new Map<TrackKind, Run>();
  readonly #keyFrames = new KeyFrameRequests();
  /** No two packets of one track may carry the same time: where each track has got to. */
  readonly #latest = new Map<TrackKind, number>();
  #state: "idle" | "playing" | "paused" | "ended" = "idle";
  #begun = false;
  #anchor: Anchor;
  /** The position while nothing is played. */
  #restingAt: number;
  /** Media time up to which the far end has something to show. */
  #suppliedTo = 0;
  /** The latest end of any packet of the file seen so far. */
  #endSeen = 0;

  constructor(init: PlayerInit, startSeconds: number) {
    this.#init = init;
    this.#restingAt = this.#clamp(startSeconds);
    this.#anchor = { mediaSeconds: this.#restingAt, at: 0 };
  }

  /** Seconds of media time the far end is being shown: never beyond what has been sent. */
  get positionSeconds(): number {
    if (this.#state !== "playing") return this.#restingAt;
    const { mediaSeconds, at } = this.#anchor;
    const elapsed = Math.max(0, this.#init.clock.now() - at) / 1_000;
    return this.#clamp(Math.min(mediaSeconds + elapsed, this.#suppliedTo));
  }

  /** Starts, or goes on after a pause; after the end, starts over. */
  play(): void {
    if (this.#state === "playing") return;
    this.#start(this.#state === "ended" ? 0 : this.#restingAt);
  }

  pause(): void {
    if (this.#state !== "playing") return;
    this.#rest("paused", this.positionSeconds);
  }

  /** Moves to a position, clamped to the content. A paused player stays paused. */
  seek(seconds: number): void {
    const target = this.#clamp(seconds);
    if (this.#state === "playing" || this.#state === "ended") this.#start(target);
    else this.#restingAt = target;
  }

  /** Stops sending; what waits in the pacer is dropped. */
  stop(): void {
    for (const { controller } of this.#runs.values()) controller.abort();
    this.#runs.clear();
    this.#init.pacer.clear();
  }

  /** The far end's decoder is stuck: give it a key frame, unless one is on its way. */
  refreshVideo(): void {
    const run = this.#runs.get("video");
    if (run === undefined || run.prerolling) return;
    if (!this.#keyFrames.isDue(this.#init.clock.now())) return;
    run.controller.abort();
    this.#run(run.sender, this.positionSeconds);
  }

  #rest(state: "paused" | "ended", atSeconds: number): void {
    this.#restingAt = atSeconds;
    this.#state = state;
    this.stop();
  }

  #start(fromSeconds: number): void {
    this.stop();
    this.#state = "playing";
    this.#suppliedTo = fromSeconds;
    this.#anchor = { mediaSeconds: fromSeconds, at: this.#init.clock.now() };
    for (const sender of this.#init.senders) this.#run(sender, fromSeconds);
  }

  #run(sender: Run["sender"], fromSeconds: number): void {
    const { kind } = sender.format;
    const controller = new AbortController();
    const run: Run = { sender, fromSeconds, controller, prerolling: kind === "video" };
    this.#runs.set(kind, run);
    const { scope } = this.#init;
    const signal = AbortSignal.any([controller.signal, scope.signal]);
    scope
      .spawn(`play ${kind}`, async () => this.#send(run, signal))
      .then(
        () => this.#ended(run),
        (error: unknown) => {
          if (signal.aborted && errorCodeOf(error) !== "internal") return;
          this.#rest("paused", this.positionSeconds);
          this.#init.onError(error);
        },
      );
  }

  async #send(run: Run, signal: AbortSignal): Promise<void> {
    const { file, clock, pacer } = this.#init;
    const { sender, fromSeconds } = run;
    const { kind } = sender.format;
    let end = 0;
    let previous: number | undefined;
    for await (const packet of readAhead(file.packets(kind, fromSeconds, signal), signal)) {
      run.prerolling = kind === "video" && packet.timestamp < fromSeconds;
      if (!run.prerolling) await this.#untilDue(packet.timestamp, signal);
      if (kind === "video") await pacer.ready();
      if (signal.aborted) return;
      if (kind === "video" && packet.keyFrame) this.#keyFrames.sent(clock.now());
      sender.sendFrame(packet, this.#presentAt(run, packet));
      if (!this.#begun) this.#begin();
      // Where the container does not say how long the last frame is shown, as long as the one before.
      end =
        packet.timestamp + (packet.duration || packet.timestamp - (previous ?? packet.timestamp));
      previous = packet.timestamp;
      this.#suppliedTo = Math.max(this.#suppliedTo, end);
      this.#endSeen = Math.max(this.#endSeen, end);
    }
    await this.#untilDue(end, signal);
  }

  #begin(): void {
    this.#begun = true;
    this.#init.onFirstFrame();
  }

  /**
   * Waits for a media time to come. When it is long over, reading has stalled: then all tracks go on
   * from here, later than planned, instead of sending in a burst what was missed.
   */
  async #untilDue(mediaSeconds: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#init;
    const late = clock.now() - this.#timeOf(mediaSeconds);
    if (late > STALL_MS && mediaSeconds >= this.#anchor.mediaSeconds) {
      this.#anchor = { ...this.#anchor, at: this.#anchor.at + late };
    } else if (late < 0) {
      await delay(-late, { signal });
      // The anchor may have moved while we waited.
      if (this.#timeOf(mediaSeconds) - clock.now() > STALL_MS) {
        await this.#untilDue(mediaSeconds, signal);
      }
    }
  }

  /** When a packet is to be shown: by the anchor, or, before the asked position, squeezed in ahead of it. */
  #presentAt({ sender, fromSeconds }: Run, { timestamp }: MediaPacket): number {
    const { kind } = sender.format;
    const earliest = (this.#latest.get(kind) ?? 0) + LEAST_STEP_MS[kind];
    const wanted =
      timestamp < fromSeconds
        ? Math.min(this.#init.clock.now(), this.#timeOf(fromSeconds))
        : this.#timeOf(timestamp);
    const at = Math.max(earliest, wanted);
    this.#latest.set(kind, at);
    return at;
  }

  #timeOf(mediaSeconds: number): number {
    return this.#anchor.at + (mediaSeconds - this.#anchor.mediaSeconds) * 1_000;
  }

  #ended(run: Run): void {
    const { kind } = run.sender.format;
    if (this.#runs.get(kind) !== run) return;
    this.#runs.delete(kind);
    if (this.#runs.size > 0 || this.#state !== "playing") return;
    const { file, onEnded, onError } = this.#init;
    const reached = this.#endSeen;
    const stated = file.durationSeconds ?? reached;
    this.#rest("ended", stated);
    if (this.#playsWholeFile && reached + END_TOLERANCE_SECONDS < stated)
      onError(cutShort(reached, stated));
    else onEnded();
  }

  /** Only when all tracks are played is the end of the last one the end of the file. */
  get #playsWholeFile(): boolean {
    return this.#init.senders.length === this.#init.file.trackCount;
  }

  #clamp(seconds: number): number {
    return Math.min(Math.max(0, seconds), this.#init.file.durationSeconds ?? Infinity);
  }
}

function cutShort(reached: number, stated: number): IpfsKitError {
  return new IpfsKitError(
    "corrupt_media",
    `The file is cut short: it ends at ${reached.toFixed(1)} s of ${stated.toFixed(1)} s.`,
  );
}
