/** Requests answered at a time. Kubo's gateway has the same default. */
export const MAX_CONCURRENT_REQUESTS = 4096;

/** Until the first byte of an answer, as Kubo's gateway has it (`RetrievalTimeout`). */
export const FIRST_BYTE_TIMEOUT_MS = 30_000;

/** Between two parts of an answer while the client waits for them. */
export const PROGRESS_TIMEOUT_MS = 30_000;

/** Entries on the page of a folder; whoever wants all asks for a machine-readable format. */
export const MAX_LISTED_ENTRIES = 10_000;

/** What a client that was sent away is told to wait. */
export const RETRY_AFTER_SECONDS = 10;

/** Names in one path: the depth to which DAGs are followed everywhere in IPFS Kit. */
export const MAX_PATH_NAMES = 512;

/** Entries of a tar looked at before its first byte leaves: small archives fail with a status. */
export const TAR_LOOK_AHEAD = 1000;

/** Links remembered for one tar, so that nothing is ever written through one. */
export const MAX_TAR_SYMLINKS = 65_536;

/** Folders in one tar, each remembered by its CID. */
export const MAX_TAR_FOLDERS = 1_000_000;

/**
 * Folders that one tar may have again. Sixty folders, each linked to twice, would make a tar without
 * end; trees people make have the same folder some hundred times.
 */
export const MAX_TAR_REPEATED_FOLDERS = 10_000;

/** Folders within folders in one tar. */
export const MAX_TAR_DEPTH = 512;

/** Files whose sniffed type is remembered; the oldest is forgotten first. */
export const REMEMBERED_TYPES = 4096;

/** Bytes of a decoded node shown on its page. */
export const MAX_PREVIEW_CHARACTERS = 65_536;

/**
 * Parts of one answer. Each costs the reading of at least a block; players and browsers ask for one.
 * Who asks for more gets the whole, as RFC 9110 §14.2 has it.
 */
export const MAX_RANGES = 32;

/** Longest file name put into a header, in characters. */
export const MAX_FILE_NAME = 255;

/** What a CID names never changes. */
export const IMMUTABLE = "public, max-age=29030400, immutable";

/** Pages made here may look different in the next version. */
export const PAGE_CACHE_CONTROL = "public, max-age=604800, stale-while-revalidate=2678400";
