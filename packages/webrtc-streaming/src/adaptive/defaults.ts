/*
 * When the quality changes. Found by running the simulator's scenarios over many seeds, within what the
 * literature on adaptive streaming agrees on: down quickly, up late, and later still after a mistake.
 */

/** Bytes on the wire for each byte of video: 64 of headers and tag with 1,150 of payload. */
export const WIRE_OVERHEAD = 1.06;

/** The estimate must exceed a rung's need by this much before it is climbed to. */
export const HEADROOM = 1.1;

/** And for this long. */
export const HEADROOM_MS = 300;

/** The rung stays at least this long before it goes up. */
export const HOLD_MS = 2_000;

/** The same after it went down because of the network. */
export const HOLD_AFTER_DOWN_MS = 4_000;

/** After going down, milder reasons to go further down wait this long: a group of pictures and a bit. */
export const SETTLE_MS = 1_500;

/** A rung that had to be left within this time after it was climbed to was a mistake. */
export const MISTAKE_MS = 10_000;

/** After a mistake, the rung before it is gone back to if the estimate is still this share of its need. */
export const ORIGIN_SHARE = 0.7;

/** How long a mistake is not repeated: at first, doubling, and at most. */
export const MISTAKE_WAIT_MS = { least: 5_000, most: 40_000 } as const;

/** An estimate below this share of the need has to last this long: the pacer's queue covers the rest. */
export const SHORTFALL = 0.9;
export const SHORTFALL_MS = 1_500;

/** Below this share of the need, with the network full, there is nothing to wait for. */
export const HARD_DROP = 0.75;

/** After a hard drop a rung may need this share of the estimate: queues have to empty. */
export const HARD_MARGIN = 0.8;

/** Signs of a full network. */
export const CONGESTED = { queueDelayMs: 100, pacerDelayMs: 250, lossRatio: 0.15 } as const;

/** More than this waits in the pacer: the rung does not fit, whatever the estimate says. */
export const BACKLOG_MS = { mild: 400, hard: 800 } as const;

/** More loss than this and the rung does not go up, even if loss is all that is wrong. */
export const CALM_LOSS = 0.1;

/** Below this read-ahead the source is too slow; it has to last. */
export const BUFFER_LOW_SECONDS = 0.3;
export const BUFFER_LOW_MS = 1_000;

/** Health (0 to 100) below which a lower rung is tried; it has to last. */
export const HEALTH_LOW = 40;
export const HEALTH_LOW_MS = 3_000;

/** A key frame's share of its group of pictures, where nothing better is known. */
export const KEY_FRAME_SHARE = 0.2;

/** More loss than this costs another round trip for many a frame; what that comes to. */
export const LOSSY = 0.1;
export const LOSS_PENALTY_SECONDS = 0.3;

/** Decisions kept; the oldest give way. */
export const MOST_DECISIONS = 100;
