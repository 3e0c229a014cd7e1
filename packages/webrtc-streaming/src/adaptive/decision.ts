import type { Rung } from "./ladder.ts";

/**
 * How to get from one rung to another:
 * - `next_key_frame`: go on as before until the new rung's next group of pictures begins;
 * - `current_gop`: drop what waits, begin at once with the key frame of the new rung's current group
 *   and catch up;
 * - `skip_to_next`: drop what waits, send no video until the new rung's next group begins, because
 *   catching up would take longer.
 */
export type Entry = "next_key_frame" | "current_gop" | "skip_to_next";

/**
 * Why the quality is what it is:
 * - `start`: the first choice, before anything is known;
 * - `asked`: the viewer chose;
 * - `headroom`: the network takes more;
 * - `shortfall`: the network has taken less than needed for a while;
 * - `congestion`: the network takes far less, at once;
 * - `backlog`: too much waits to be sent;
 * - `slow_source`: content is not read fast enough;
 * - `poor_health`: the viewer does not keep up;
 * - `ladder_changed`: there are other rungs now.
 */
export type ReasonCode =
  | "start"
  | "asked"
  | "headroom"
  | "shortfall"
  | "congestion"
  | "backlog"
  | "slow_source"
  | "poor_health"
  | "ladder_changed";

/** What the choice goes by. Times are milliseconds, rates bits per second on the wire. */
export interface AdaptiveInput {
  estimate: number;
  /** 0 to 1. */
  lossRatio: number;
  queueDelayMs: number;
  pacerDelayMs: number;
  /** Seconds of media read ahead of what is sent; absent when not known, or at the end of the content. */
  bufferSeconds?: number;
  /** How well the viewer does, 0 to 100; absent when not known. */
  health?: number;
  /** Where playback is in the current group of pictures; absent when groups are not aligned. */
  gop?: { elapsedSeconds: number; lengthSeconds: number };
}

/** One change of quality. */
export interface AdaptiveDecision {
  /** Milliseconds of the clock the controller is given. */
  at: number;
  /** Absent for the first. */
  from?: Rung;
  to: Rung;
  entry: Entry;
  reason: ReasonCode;
  /** The reason in plain words, with the numbers it rests on. */
  words: string;
  /** Absent where nothing was measured. */
  inputs?: Readonly<AdaptiveInput>;
}
