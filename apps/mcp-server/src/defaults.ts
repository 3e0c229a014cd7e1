/** Where the control listener listens when nothing else is said: this machine only. */
export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORT = 8000;

/** How long a first stop signal lets work in flight finish. */
export const DEFAULT_DRAIN_SECONDS = 10;

/** What closing files and sessions may take after that; a stop that hangs is a fault. */
export const LETTING_GO_MS = 10_000;

/**
 * An upload that sends less than {@link MIN_UPLOAD_BYTES} while it is waited for so long is cut.
 * There is no cap on its total time.
 */
export const DEFAULT_UPLOAD_IDLE_SECONDS = 30;
/** Half a kilobyte a second over 30 seconds: slower than any uplink that is in use. */
export const MIN_UPLOAD_BYTES = 16 * 1024;
/** Adds at once, each with up to about 1 MiB on its way to the disk. Browsers send two at a time. */
export const MAX_ADDS = 64;

/** Time for the header of a request. Bodies have {@link DEFAULT_UPLOAD_IDLE_SECONDS}, hence no requestTimeout. */
export const HEADERS_TIMEOUT_MS = 20_000;
export const KEEP_ALIVE_TIMEOUT_MS = 5_000;
/** How often Node looks for connections that broke the two rules above. */
export const CONNECTION_CHECK_MS = 5_000;
/** Above what 10 000 live viewers need; further connections are dropped by the listener. */
export const MAX_CONNECTIONS = 12_288;

/** Answers under way on one connection. Browsers wait for each; a client that asks for more is cut. */
export const MAX_PIPELINED_REQUESTS = 8;
/** A client that takes nothing of its answer for so long is cut. */
export const ANSWER_STALL_MS = 30_000;
/** The same while the server stops: who does not read must not hold it up. */
export const STOPPING_STALL_MS = 2_000;
/** What a broken answer may take from its last line to the end of the connection. */
export const CUT_GRACE_MS = 5_000;
/** Between that line and the end: Chromium hands a line on within some milliseconds. */
export const CUT_PAUSE_MS = 250;

/** WebSockets of one address; above the sessions there can be, as a proxy is one address too. */
export const MAX_SOCKETS_PER_ADDRESS = 256;
/** Viewers at once, all together. */
export const MAX_SESSIONS = 200;
/** Per WebSocket: bytes not yet taken by the far end. Beyond it the socket is closed with 4008. */
export const MAX_SOCKET_BACKLOG_BYTES = 1024 * 1024;
/** A ping goes out this often; two without an answer end the socket. */
export const HEARTBEAT_MS = 25_000;
/** How long a closed WebSocket may take to say goodbye before it is cut. */
export const SOCKET_CLOSE_GRACE_MS = 2_000;
/** What clients are told to wait after a restart, at least; a random second or four is added. */
export const RETRY_AFTER_SECONDS = 1;

/** Result lines of one add a client has not read yet; browsers read only after they have sent. */
export const MAX_ANSWER_BACKLOG_BYTES = 16 * 1024 * 1024;
/** Kubo reports progress every 256 KiB; we add a pause, so that fast uploads are not all progress. */
export const PROGRESS_STEP_BYTES = 256 * 1024;
export const PROGRESS_PAUSE_MS = 40;
/** A file name longer than this is refused; file systems stop at 255. */
export const MAX_NAME_CHARACTERS = 1024;

/** Rows of a page of pins. */
export const DEFAULT_PAGE_ROWS = 100;
export const MAX_PAGE_ROWS = 1000;
/** A cursor is made by the store; ours have less than 100 characters. */
export const MAX_CURSOR_CHARACTERS = 512;

/** A health probe that takes longer counts as failed. */
export const HEALTH_PROBE_MS = 1_000;
