import { delay, errorCodeOf, IpfsKitError, type TaskScope } from "@ipfs-kit/core";

import { KEY_FRAME_REPEAT_MS } from "../defaults.ts";
import type { MediaSender } from "../sender/media-sender.ts";
import type { Pacer } from "../sender/pacer.ts";
import type { SessionClock } from "../sender/session-clock.ts";
import type { MediaFile, MediaPacket, TrackKind } from "../source/media-file.ts";
import { readAhead } from "./read-ahead.ts";

export interface PlayerInit {
  file: MediaFile;
  senders: readonly MediaSender[];
  clock: SessionClock;
  pacer: Pacer;
  scope: TaskScope;
  /** The first frame of all has been handed over. */
  onFirstFrame: () => void;
  /** The last packet of every track has been sent. */
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

/** Containers round, and leave out the length of the last frame: less than this is not a broken end. */
const END_TOLERANCE_SECONDS = 1;

/** Where media time and the session's clock meet. */
interface Anchor {
  mediaSeconds: number;
  at: number;
}

/**
 * Plays a file into its senders in real time. All tracks share one anchor between media time and the
 * session's clock, so that they stay in step through pause and seek.
 *
 * A seek lands on the asked position even where key frames are far apart: the frames from the key
 * frame up to it are sent at once, with time stamps so close together that none of them is seen.
 */
export class Player {
  readonly #init: PlayerInit;
  #state: "idle" | "playing" | "paused" | "ended" = "idle";
  #begun = false;
  /** The latest time stamp any track has sent, in seconds. */
  #furthest = 0;
  #anchor: Anchor;
  #pausedAt: number;
  #running = new Map<TrackKind, AbortController>();
  #lastKeyFrameAt = Number.NEGATIVE_INFINITY;
  /** No two frames of one track may carry the same time: where each track has got to. */
  #latest = new Map<TrackKind, number>();

  constructor(init: PlayerInit, startSeconds: number) {
    this.#init = init;
    this.#pausedAt = this.#clamp(startSeconds);
    this.#anchor = { mediaSeconds: this.#pausedAt, at: 0 };
  }

  get state(): "idle" | "playing" | "paused" | "ended" {
    return this.#state;
  }

  /** Seconds of media time the far end is being shown. */
  get positionSeconds(): number {
    if (this.#state !== "playing") return this.#pausedAt;
    const { mediaSeconds, at } = this.#anchor;
    return this.#clamp(mediaSeconds + Math.max(0, this.#init.clock.now() - at) / 1_000);
  }

  /** Starts, or goes on after a pause; after the end, starts over. */
  play(): void {
    if (this.#state === "playing") return;
    this.#start(this.#state === "ended" ? 0 : this.#pausedAt);
  }

  pause(): void {
    if (this.#state !== "playing") return;
    this.#pausedAt = this.positionSeconds;
    this.#state = "paused";
    this.stop();
  }

  /** Moves to a position, clamped to the content. A paused player stays paused. */
  seek(seconds: number): void {
    const target = this.#clamp(seconds);
    if (this.#state === "playing" || this.#state === "ended") {
      this.#start(target);
    } else {
      this.#pausedAt = target;
    }
  }

  /** Stops sending; what waits in the pacer is dropped. */
  stop(): void {
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
    this.#init.pacer.clear();
  }

  /** The far end's decoder is stuck: give it a key frame, unless one has just been sent. */
  refreshVideo(): void {
    if (this.#state !== "playing" || !this.#running.has("video")) return;
    const now = this.#init.clock.now();
    if (now - this.#lastKeyFrameAt < KEY_FRAME_REPEAT_MS) return;
    this.#lastKeyFrameAt = now;
    const sender = this.#init.senders.find(({ format }) => format.kind === "video");
    if (sender === undefined) return;
    this.#running.get("video")?.abort();
    this.#runTrack(sender, this.positionSeconds);
  }

  #start(fromSeconds: number): void {
    this.stop();
    this.#furthest = fromSeconds;
    this.#state = "playing";
    this.#anchor = { mediaSeconds: fromSeconds, at: this.#init.clock.now() };
    for (const sender of this.#init.senders) this.#runTrack(sender, fromSeconds);
  }

  #runTrack(sender: MediaSender, fromSeconds: number): void {
    const { kind } = sender.format;
    const controller = new AbortController();
    this.#running.set(kind, controller);
    const { scope } = this.#init;
    const signal = AbortSignal.any([controller.signal, scope.signal]);
    scope
      .spawn(`play ${kind}`, async () => this.#sendTrack(sender, fromSeconds, signal))
      .then(
        () => this.#trackEnded(kind, controller),
        (error: unknown) => {
          if (signal.aborted && errorCodeOf(error) !== "internal") return;
          this.#pausedAt = this.positionSeconds;
          this.#state = "paused";
          this.stop();
          this.#init.onError(error);
        },
      );
  }

  async #sendTrack(sender: MediaSender, fromSeconds: number, signal: AbortSignal): Promise<void> {
    const { file, clock, pacer } = this.#init;
    const { kind } = sender.format;
    const paced = kind === "video";
    for await (const packet of readAhead(file.packets(kind, fromSeconds), signal)) {
      const due = this.#dueAt(kind, packet, fromSeconds);
      const wait = due - clock.now();
      const isPreroll = paced && packet.timestamp < fromSeconds;
      if (!isPreroll && wait > 0) await delay(wait, { signal });
      if (paced) await pacer.ready();
      if (signal.aborted) return;
      if (packet.keyFrame && paced) this.#lastKeyFrameAt = clock.now();
      sender.sendFrame(packet, due);
      this.#furthest = Math.max(this.#furthest, packet.timestamp);
      if (!this.#begun) this.#begin();
    }
  }

  #begin(): void {
    this.#begun = true;
    this.#init.onFirstFrame();
  }

  /** When a packet is due: by the anchor, or, before the asked position, squeezed in just ahead of it. */
  #dueAt(kind: TrackKind, packet: MediaPacket, fromSeconds: number): number {
    const earliest = (this.#latest.get(kind) ?? 0) + LEAST_STEP_MS[kind];
    const wanted =
      packet.timestamp < fromSeconds
        ? Math.min(this.#init.clock.now(), this.#timeOf(fromSeconds))
        : this.#timeOf(packet.timestamp);
    const due = Math.max(earliest, wanted);
    this.#latest.set(kind, due);
    return due;
  }

  #timeOf(mediaSeconds: number): number {
    return this.#anchor.at + (mediaSeconds - this.#anchor.mediaSeconds) * 1_000;
  }

  #trackEnded(kind: TrackKind, controller: AbortController): void {
    if (this.#running.get(kind) !== controller) return;
    this.#running.delete(kind);
    if (this.#running.size > 0 || this.#state !== "playing") return;
    const { file, onEnded, onError } = this.#init;
    const { durationSeconds = this.#furthest } = file;
    const reached = this.#furthest;
    this.#pausedAt = durationSeconds;
    this.#state = "ended";
    if (this.#playsWholeFile && reached + END_TOLERANCE_SECONDS < durationSeconds) {
      onError(
        new IpfsKitError(
          "corrupt_media",
          `The file is cut short: it ends at ${reached.toFixed(1)} s of ${durationSeconds.toFixed(1)} s.`,
        ),
      );
    } else {
      onEnded();
    }
  }

  /** Only with all tracks is the end of the last one the end of the file. */
  get #playsWholeFile(): boolean {
    const { file, senders } = this.#init;
    return (
      senders.length === [file.video, file.audio].filter((track) => track !== undefined).length
    );
  }

  #clamp(seconds: number): number {
    return Math.min(Math.max(0, seconds), this.#init.file.durationSeconds ?? Infinity);
  }
}
