/** Where Kubo listens when nobody has changed it. */
export const DEFAULT_API = "http://127.0.0.1:5001";

/** Milliseconds until the whole of a short answer or of a block must be here. */
export const REQUEST_MS = 60_000;

/** Milliseconds between two pieces of a long answer, or until Kubo takes the next piece of an upload. */
export const IDLE_MS = 30_000;

/**
 * Milliseconds Kubo may be silent while it works: it reads a whole DAG before it pins it, and looks at
 * every pin before it removes the first block. 10 minutes are 150 GiB on a fast disk.
 */
export const COMMIT_MS = 600_000;

/** How much of the time for an answer Kubo is told that it has: so that it gives up first, and says so. */
export const KUBO_SHARE_OF_DEADLINE = 0.9;

/** Failures in a row after which Kubo is left alone. */
export const BREAKER_FAILURES = 5;

/** Milliseconds Kubo is left alone for, the first time; doubled each time it has not recovered. */
export const BREAKER_OPEN_MS = 1_000;

/** Milliseconds it is left alone for at most. */
export const BREAKER_MAX_OPEN_MS = 30_000;

/** Milliseconds between two looks at Kubo that nobody asked for. */
export const CHECK_EVERY_MS = 10_000;

/** Milliseconds one such look may take. */
export const CHECK_MS = 5_000;

/** Milliseconds for which the health tells of wrong bytes. */
export const REMEMBER_WRONG_BYTES_MS = 60_000;

/** The oldest version this was written for: before it, `pin ls` did not stream and names were lost. */
export const MIN_VERSION = "0.30";

/** Connections to Kubo at a time; more calls wait for one. */
export const MAX_SOCKETS = 128;

/** Bytes of a short answer. A `pin/ls` of one CID has 200. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

/** Bytes of one line of a long answer: a CID, a name of 255 bytes, an error. */
export const MAX_LINE_BYTES = 64 * 1024;

/** Bytes of the answer to an upload: 1600 for each root at most pinned at a time. */
export const MAX_UPLOAD_ANSWER_BYTES = 16 * 1024 * 1024;

/** Bytes of blocks that wait for Kubo while a file is cut up. */
export const HANDOFF_BYTES = 4 * 1024 * 1024;

/** Bytes of UTF-8 in the name of a pin: Kubo's own limit. */
export const MAX_NAME_BYTES = 255;

/** Characters of a CID: that of an identity CID of 128 bytes has 215. */
export const MAX_CID_LENGTH = 256;

/** Rows on a page of pins when the caller does not say. */
export const PIN_PAGE = 100;

/** Rows on a page of pins at most: keeps one answer small. */
export const MAX_PIN_PAGE = 1_000;

/**
 * Pins picked out of the stream at a time. Kubo always lists from the start: with 65 536 picked, a
 * million are listed in 16 passes. Costs 20 MB while pages are being turned.
 */
export const PIN_WINDOW = 65_536;

/** Milliseconds a window of pins may be used for the pages after the first. */
export const PIN_WINDOW_MS = 60_000;

/** Roots one archive or tree may have pinned. */
export const MAX_ROOTS = 10_000;

/** Unpinned roots remembered, to tell when garbage collection takes them; the oldest are forgotten. */
export const MAX_UNPINNED = 10_000;
