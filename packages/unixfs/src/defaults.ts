/**
 * Largest block taken in. The Bitswap specification asks every peer to take blocks up to 2 MiB, and
 * none to take larger ones.
 */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

/** Leaf size of the profile `unixfs-v1-2025` (IPIP-499). */
export const CHUNK_BYTES = 1024 * 1024;

/** Links of an inner node in that profile. */
export const LINKS_PER_NODE = 1024;

/** Buffer a file starts with, so that a small one does not cost a whole chunk; it doubles. */
export const FIRST_BUFFER_BYTES = 16 * 1024;

/** Blocks fetched before the consumer asks for them: hides the disk's latency, costs 6 MiB. */
export const READ_AHEAD_BLOCKS = 6;

/** Levels of a DAG that are followed. A balanced tree of 10 levels holds more than any disk. */
export const MAX_DEPTH = 512;

/**
 * Parts of a file after which their average size matters: a DAG of few blocks can name the same tiny
 * part for ever, and reading it would cost time without end.
 */
export const PARTS_BEFORE_AVERAGE = 65_536;

/** Bytes a part of a file must have on average. Writers make parts of 256 KiB and more. */
export const MIN_AVERAGE_PART_BYTES = 16;

/** Links in one node. Writers stay far below (174 or 1024); folders above this are sharded. */
export const MAX_LINKS = 10_000;

/**
 * Links remembered at a time while a DAG is gone through. A tree of the widest allowed nodes needs 10 000
 * per level; without this bound, 512 such levels would fill the memory.
 */
export const MAX_PENDING_LINKS = 65_536;

/** Blocks one read may touch: a file of 1 TiB in 1 MiB leaves. */
export const MAX_BLOCKS_PER_READ = 1_050_000;

/** Different blocks one pin may cover: each is remembered while the DAG is gone through (100 MB). */
export const MAX_WALKED_BLOCKS = 1_050_000;

/** Blocks read between two turns of the event loop when none of them needed the disk. */
export const BLOCKS_PER_TURN = 64;
