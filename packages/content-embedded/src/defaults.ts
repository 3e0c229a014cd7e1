/**
 * Size at which a pack is full and the next one begins: few files for a terabyte, and yet little to
 * copy when a pack is compacted.
 */
export const PACK_BYTES = 256 * 1024 * 1024;

/**
 * Bytes that may wait for the disk before writers have to: what adds cost in memory at most. Several
 * groups, so that hashing goes on while a disk that is slow for a moment catches up.
 */
export const QUEUE_BYTES = 32 * 1024 * 1024;

/** Bytes written and synced as one group. */
export const GROUP_BYTES = 8 * 1024 * 1024;

/** Records in one group: a bound on the time one index transaction holds the event loop. */
export const GROUP_RECORDS = 1024;

/** Pack files held open for reading; the one being written is not counted. */
export const OPEN_PACKS = 64;

/**
 * Largest block taken in. The Bitswap specification asks every peer to take blocks up to 2 MiB, and
 * none to take larger ones.
 */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

/** Bytes of UTF-8 in the name of a pin: far above what file systems allow (255). */
export const MAX_NAME_BYTES = 4096;

/** Rows on a page of pins when the caller does not say. */
export const PIN_PAGE = 100;

/** Rows on a page of pins at most: keeps one answer small. */
export const MAX_PIN_PAGE = 1_000;

/** Blocks that garbage collection looks at, and removes, at a time: a pin waits no longer than that. */
export const SWEEP_BLOCKS = 1_000;

/** Roots let go of that are remembered until they are gone. */
export const MAX_ROOTS_LET_GO = 10_000;

/** Files of a tree that may wait for the disk before the next one is taken in. */
export const TREE_WINDOW = 1_024;

/** A collection of garbage whose next block nobody has come for this long gives way to another. */
export const ABANDONED_MS = 60_000;

/** Nodes waiting to be looked at under one root that is read; what is wider is not spared. */
export const MAX_PENDING_OF_READ = 65_536;
