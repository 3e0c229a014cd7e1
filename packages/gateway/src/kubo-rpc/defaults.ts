/** Adds and other uploads at once, each with up to about 1 MiB on its way to the disk. Browsers send two at a time. */
export const MAX_UPLOADS = 64;
/** Calls at once that only read or change pins; each holds a few blocks. */
export const MAX_CALLS = 512;
/** What clients are told to wait when there are too many. */
export const RETRY_AFTER_SECONDS = 1;

/**
 * An upload that sends less than {@link MIN_UPLOAD_BYTES} while it is waited for so long is cut.
 * There is no cap on its total time.
 */
export const DEFAULT_UPLOAD_IDLE_MS = 30_000;
/** Half a kilobyte a second over 30 seconds: slower than any uplink that is in use. */
export const MIN_UPLOAD_BYTES = 16 * 1024;

/** What the store may take until the first byte of an answer is there, and between two of them. */
export const FIRST_BYTE_MS = 60_000;
export const BETWEEN_BYTES_MS = 30_000;
/** A client that takes nothing of its answer for so long is cut. */
export const ANSWER_STALL_MS = 30_000;
/** What a broken answer may take from its last line to the end of the connection. */
export const CUT_GRACE_MS = 5_000;
/** Between that line and the end: Chromium hands a line on within some milliseconds. */
export const CUT_PAUSE_MS = 250;

/** Result lines of one upload a client has not read yet; browsers read only after they have sent. */
export const MAX_ANSWER_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Kubo reports progress every 256 KiB; we add a pause, so that fast uploads are not all progress. */
export const PROGRESS_STEP_BYTES = 256 * 1024;
export const PROGRESS_PAUSE_MS = 40;
/** How often the progress of a pin is told: as Kubo does. */
export const PIN_PROGRESS_MS = 500;

/** A file name longer than this is refused; file systems stop at 255. */
export const MAX_NAME_CHARACTERS = 1024;
/** A path of an upload, all names of it. */
export const MAX_PATH_CHARACTERS = 16 * 1024;
/** Where a symbolic link points; Linux stops at 4096. */
export const MAX_LINK_BYTES = 4096;
/** A pin's name: Kubo's limit. */
export const MAX_PIN_NAME_BYTES = 255;
/** `arg`s of one call, and the characters of one; Node takes 16 KiB for the whole header. */
export const MAX_ARGUMENTS = 1024;
export const MAX_ARGUMENT_CHARACTERS = 8 * 1024;

/** How deep the data of a node may be nested. */
export const MAX_DATA_DEPTH = 128;
/** A block of `block/put` and `dag/put` without `allow-big-block`: what Kubo holds fit to be exchanged. */
export const SOFT_BLOCK_BYTES = 1024 * 1024;

/** Entries of an answer that is one JSON object; above it the caller must ask for a stream. */
export const MAX_COLLECTED = 100_000;
/** CIDs remembered while duplicates are left out. */
export const MAX_SEEN = 1_000_000;
/** Links of a DAG `refs` has still to follow. */
export const MAX_PENDING_REFS = 100_000;
/** Rows of pins asked of the store at a time. */
export const PIN_PAGE_ROWS = 1000;
