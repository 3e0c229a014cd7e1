import type { AbortOptions, IpfsKitError, ListenOptions } from "@ipfs-kit/core";
import type {
  ConnectionStats,
  MediaKind,
  OfferedTrack,
  Preparing,
  Quality,
} from "@ipfs-kit/core/wire";

import type { ReceiveStats } from "./receive-stats.ts";
import type { CompletedStep } from "./step-clock.ts";

export type PlaybackState =
  /** Asked for; the server has not answered yet. */
  | "requesting"
  /** The server turns the content into a form that can be played. */
  | "preparing"
  /** Offer taken; ICE and DTLS are on their way. */
  | "connecting"
  | "playing"
  | "paused"
  /** The path broke; the platform tries to mend it. */
  | "interrupted"
  /** The content is over. `seek()` goes back. */
  | "ended"
  /** Over, because of an error. */
  | "failed"
  /** Over, because somebody wished so. */
  | "closed";

export interface PlayOptions extends AbortOptions {
  /** `"av"` is video and audio, as far as the content has them. @default "av" */
  kind?: MediaKind;
  /** @default the server's choice */
  quality?: Quality;
  /** Where to begin. @default 0 */
  startAtSeconds?: number;
}

// A type, not an interface: it has to fit the emitter's index signature.
// oxlint-disable-next-line typescript/consistent-type-definitions
export type PlaybackEvents<Track> = {
  /** How far the conversion is: on every report of the server, before the offer. */
  preparing: Preparing;
  /** A step towards the first frame was done; once per step, in order. */
  step: CompletedStep;
  /** A track arrived; once per track, before the connection stands. */
  track: Track;
  /** The state changed. */
  state: PlaybackState;
  /** The playback failed and is closed now; at most once, last but for `state`. */
  error: IpfsKitError;
  /** The content was played to its end. */
  ended: { position: number };
};

/** One thing being played: from the request to the last frame. */
export interface Playback<Track, Stream> {
  readonly cid: string;
  /** The server's name for the connection, once there is one. */
  readonly connectionId: string | undefined;
  readonly state: PlaybackState;
  /** What the server offered to send, in the order of the tracks. */
  readonly offered: readonly OfferedTrack[];
  readonly tracks: readonly Track[];
  /** The tracks in one stream; undefined without a `MediaStream` class or before the tracks. */
  readonly stream: Stream | undefined;
  /** The steps done so far, with their times. */
  readonly steps: readonly CompletedStep[];
  /** Seconds from the beginning, now. */
  readonly position: number;
  /** Seconds; undefined until the server said so. */
  readonly duration: number | undefined;

  /** Listens to an event; the returned function stops that. */
  on<Name extends keyof PlaybackEvents<Track>>(
    name: Name,
    listener: (detail: PlaybackEvents<Track>[Name]) => void,
    options?: ListenOptions,
  ): () => void;

  /** Resolves once media flows; rejects with the reason when it never will. May be called again. */
  whenConnected(options?: AbortOptions): Promise<void>;

  /** Continues from there, in seconds. @throws IpfsKitError as the server says; `timeout` */
  seek(seconds: number, options?: AbortOptions): Promise<void>;
  pause(options?: AbortOptions): Promise<void>;
  resume(options?: AbortOptions): Promise<void>;

  /** What arrives here. @throws InvalidStateError before there is a connection, and after it. */
  stats(): Promise<ReceiveStats>;
  /** What the server counts for this connection. */
  serverStats(options?: AbortOptions): Promise<ConnectionStats>;

  /** Ends the playback on both sides and lets go of everything. May be called again. */
  close(): void;
}
