import type { Emitter, ErrorCode } from "@ipfs-kit/core";
import type { ConnectionStats, OfferedTrack } from "@ipfs-kit/core/wire";

/** A trickled ICE candidate, as browsers write it. */
export interface Candidate {
  candidate: string;
  sdpMid?: string | null | undefined;
  sdpMLineIndex?: number | null | undefined;
}

/** What happens in a session. Each of `connected` and `closed` happens at most once. */
export type SessionEvents = {
  /** A local candidate to be trickled to the far end. */
  candidate: Candidate;
  /** ICE and DTLS are up. Milliseconds since the session was opened. */
  connected: { connectionTimeMs: number };
  /** The content has been played to its end; a seek or `play` starts again. */
  ended: undefined;
  /** Playback stopped because of the content; the connection is still there. */
  playbackFailed: { code: ErrorCode; message: string };
  /** Over, for whatever reason; nothing is held any more. */
  closed: { code?: ErrorCode; message?: string };
};

/** `failed` means that the connection died; what the far end sees counts, not what ICE believes. */
export type SessionState = "connecting" | "active" | "closed" | "failed";

export interface PlaybackPosition {
  positionSeconds: number;
  durationSeconds: number | undefined;
}

/** One viewer's connection, with the content it plays. */
export interface Session {
  readonly id: string;
  /** As it was asked for. */
  readonly cid: string;
  readonly state: SessionState;
  readonly createdAt: Date;
  readonly tracks: readonly OfferedTrack[];
  readonly events: Emitter<SessionEvents>;
  /** The session description to send to the viewer; candidates follow as events. */
  readonly offer: string;
  /**
   * Takes the viewer's answer.
   *
   * @throws IpfsKitError `no_common_codec` when every track was declined, `negotiation_failed` for a
   * description that makes no sense, `invalid_state` for a second answer
   */
  answer(sdp: string): Promise<void>;
  /** Takes a candidate of the viewer, before or after the answer. Ones that may not be probed are ignored. */
  addCandidate(candidate: Candidate): void;
  play(): PlaybackPosition;
  pause(): PlaybackPosition;
  /** Lands within a frame of the asked second. Clamped to the content. @throws IpfsKitError `invalid_request` */
  seek(seconds: number): PlaybackPosition;
  stats(): ConnectionStats;
  /** Ends the connection; the far end sees it at once. Resolves when all sockets and timers are gone. */
  close(): Promise<void>;
}
