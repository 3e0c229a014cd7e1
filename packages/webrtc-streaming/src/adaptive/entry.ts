import type { AdaptiveInput, Entry } from "./decision.ts";
import { KEY_FRAME_SHARE, LOSSY, LOSS_PENALTY_SECONDS } from "./defaults.ts";

/** What two rungs need, in bits per second on the wire. */
export interface EntryNeeds {
  from: number;
  to: number;
}

/**
 * How to leave a rung that does not fit: the way that shows the next picture soonest. What stands in
 * the network's queues delays all ways alike and does not count.
 */
export function quickestEntry(
  { gop, estimate, pacerDelayMs, lossRatio }: AdaptiveInput,
  needs: EntryNeeds,
): Entry {
  if (gop === undefined) return "next_key_frame";
  const { elapsedSeconds, lengthSeconds } = gop;
  const left = Math.max(0, lengthSeconds - elapsedSeconds);
  // A group's data comes early: its key frame alone is a good part of it.
  const keySeconds = KEY_FRAME_SHARE * lengthSeconds;
  const spare = estimate - needs.to;
  const late = {
    // What of the old group does not get through in its time; and what is lost has to be sent twice.
    next_key_frame:
      pacerDelayMs / 1_000 +
      left * Math.max(0, needs.from / estimate - 1) +
      (lossRatio > LOSSY ? LOSS_PENALTY_SECONDS : 0),
    current_gop: spare > 0 ? (needs.to * (elapsedSeconds + keySeconds)) / spare : Infinity,
    skip_to_next: left + (needs.to * keySeconds) / estimate,
  };
  if (late.next_key_frame <= Math.min(late.current_gop, late.skip_to_next)) return "next_key_frame";
  return late.current_gop <= late.skip_to_next ? "current_gop" : "skip_to_next";
}
