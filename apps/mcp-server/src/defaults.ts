/** Where the control listener listens when nothing else is said: this machine only. */
export const DEFAULT_HOST = "127.0.0.1";
export const DEFAULT_PORT = 8000;

/** Where the gateway listens; Kubo's has the same port. */
export const DEFAULT_GATEWAY_HOST = "127.0.0.1";
export const DEFAULT_GATEWAY_PORT = 8080;

/** Bytes of blocks kept in memory: a minute of good video for one viewer, and the roots of much. */
export const DEFAULT_MEMORY_CACHE_BYTES = 64 * 1024 * 1024;
/** Bytes of blocks kept on disk in front of Kubo, to be there while it is not. In front of our own disk, none. */
export const DEFAULT_KUBO_DISK_CACHE_BYTES = 1024 * 1024 * 1024;

/** How long a first stop signal lets work in flight finish. */
export const DEFAULT_DRAIN_SECONDS = 10;

/** What closing files and sessions may take after that; a stop that hangs is a fault. */
export const LETTING_GO_MS = 10_000;

/**
 * An upload that sends less than 16 KiB while it is waited for so long is cut. There is no cap on its
 * total time.
 */
export const DEFAULT_UPLOAD_IDLE_SECONDS = 30;

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

/** How long a connection with nothing under way may still ask, and be told that the server stops. */
export const LAST_WORD_MS = 200;
/** The same for one that has just been made, and on which nothing was asked yet. */
export const FIRST_WORD_MS = 1_000;

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

/** Bytes of a JSON body, levels of it, and the time in which it has to be there. */
export const DEFAULT_JSON_BODY_BYTES = 1024 * 1024;
export const MAX_JSON_DEPTH = 32;
export const JSON_BODY_MS = 10_000;

/** Rows of a page of pins or metadata when nobody says how many. */
export const DEFAULT_PAGE_ROWS = 100;

/** A health probe that takes longer counts as failed. */
export const HEALTH_PROBE_MS = 1_000;

/** A look whether a block is here takes longer only when the store does not answer. */
export const EXISTS_MS = 10_000;
/** What is longer in counting has no numbers to show; a large repository of Kubo takes seconds. */
export const STATS_MS = 5_000;

/** Requests a second of one token or address; a page with fifty tiles at once stays far below. */
export const DEFAULT_RATE_LIMIT = 200;
/** Time to the first byte of an answer, and in which a client must take something of it. */
export const DEFAULT_FIRST_BYTE_SECONDS = 60;
export const DEFAULT_ANSWER_IDLE_SECONDS = 30;
/** Viewers of one address; a proxy that is not named is one address too. */
export const DEFAULT_MAX_SESSIONS_PER_ADDRESS = 20;

/** Where the dashboard lives; it ends in a slash, so that relative links work. */
export const DASHBOARD_PATH = "/dashboard/";
/** How long a one-time code that opens it may wait. */
export const LOGIN_MINUTES = 5;
