import { DRAIN_MS, HOPELESS_LOSS, PACING_FACTOR } from "./defaults.ts";

/** What the rate of sending is made from, in bits per second on the wire. */
export interface PacingInput {
  /** What the media takes on average; 0 before it is known. */
  media: number;
  /** What the lowest rung takes: with less there is nothing to be seen. 0 before it is known. */
  least: number;
  estimate: number;
  /** 0 to 1. */
  lossRatio: number;
  queuedBytes: number;
}

/**
 * How fast to send. A bit faster than the media is played, so that a key frame is spread over its group
 * of pictures instead of filling a router's queue; faster when much waits, as far as the estimate
 * allows. Never above the estimate, so that what does not fit waits here and not in the network; but
 * for the lowest rung, which is sent as long as most of it gets through.
 */
export function pacingRate({
  media,
  least,
  estimate,
  lossRatio,
  queuedBytes,
}: PacingInput): number {
  const drain = (queuedBytes * 8 * 1_000) / DRAIN_MS;
  const wanted = media === 0 ? estimate : Math.max(PACING_FACTOR * media, drain);
  const floor = lossRatio > HOPELESS_LOSS ? 0 : least;
  return Math.min(Math.max(estimate, floor), wanted);
}
