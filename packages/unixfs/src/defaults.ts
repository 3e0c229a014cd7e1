/**
 * Largest block taken in. The Bitswap specification asks every peer to take blocks up to 2 MiB, and
 * none to take larger ones.
 */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

/** Leaf size of the profile `unixfs-v1-2025` (IPIP-499). */
export const CHUNK_BYTES = 1024 * 1024;

/** Largest leaf asked for that is granted: leaves room in a block for what dag-pb puts around it. */
export const MAX_CHUNK_BYTES = MAX_BLOCK_BYTES - 64 * 1024;

/** Links of an inner node in that profile. */
export const LINKS_PER_NODE = 1024;

/** Buffer of a file that comes in several pieces, so that a small one costs no chunk; it doubles. */
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

/**
 * Blocks given again in one walk that repeats them: a DAG of sixty blocks can have 2^60 ways through
 * it. A file of one repeated leaf may still have 16 GiB.
 */
export const MAX_REPEATED_BLOCKS = 16_384;

/** Blocks read between two turns of the event loop when none of them needed the disk. */
export const BLOCKS_PER_TURN = 64;

/** Blocks fetched ahead that wait to be needed: small ones beside many parts of a large one. */
export const MAX_WAITING_BLOCKS = 64;

/** Blocks looked up at a time when a DAG is checked: hides the latency of a daemon, costs 16 MiB. */
export const BLOCKS_CHECKED_AT_ONCE = 8;

/** An identity CID carries its content; more than this belongs in a block (boxo's limit too). */
export const MAX_IDENTITY_BYTES = 128;

/** A CID in a block: an identity CID and its prefix are the longest. */
export const MAX_CID_BYTES = MAX_IDENTITY_BYTES + 32;

/** The same as text, in base32. */
export const MAX_CID_TEXT = 1 + Math.ceil((MAX_CID_BYTES * 8) / 5);

/** Maps and lists within each other in one dag-cbor or dag-json block. */
export const MAX_DATA_DEPTH = 512;

/** Slots of a shard; the UnixFS specification allows no more (CVE-2023-23625). */
export const MAX_HAMT_FANOUT = 1024;

/** Header of a CAR: some 26 000 roots. go-car reads up to 32 MiB; nobody has that many roots. */
export const MAX_CAR_HEADER_BYTES = 1024 * 1024;

/** Bytes between the header of a CAR of version 2 and its data; writers align to a disk's block. */
export const MAX_CAR_PADDING_BYTES = 1024 * 1024;

/** Small sections of a CAR are written together up to this. */
export const CAR_PIECE_BYTES = 64 * 1024;

/** Blocks of a CAR being put at a time: enough that a store can make many durable at once. */
export const MAX_PUTS_UNDER_WAY = 256;

/** Their bytes. */
export const MAX_PUT_BYTES_UNDER_WAY = 16 * 1024 * 1024;

/** A plain folder above this is sharded (IPIP-499); what is counted, the profile says. */
export const MAX_PLAIN_FOLDER_BYTES = 256 * 1024;

/**
 * A name in a tree. Disks have at most 255 bytes (NAME_MAX); with 256 names of this length, a shard is
 * still no larger than a block may be.
 */
export const MAX_NAME_BYTES = 4096;

/** Where a symbolic link points (PATH_MAX of Linux). */
export const MAX_SYMLINK_BYTES = 4096;

/** Names of a path in a tree. Readers follow 512 levels, and a sharded folder may take several. */
export const MAX_TREE_DEPTH = 128;

/**
 * Files and folders of one tree: each is remembered until its folder is written (250 bytes). Together
 * with the shards of one large folder these are fewer blocks than a pin may cover.
 */
export const MAX_TREE_ENTRIES = 900_000;

/** Files imported between two turns of the event loop when none of them needed the disk. */
export const FILES_PER_TURN = 16;

/** Names hashed between two turns of the event loop. */
export const ENTRIES_PER_TURN = 1024;
