/** Opening the socket and hearing `welcome`. */
export const WELCOME_TIMEOUT_MS = 15_000;

/** From the offer to a connection that carries media; the server gives up at the same age. */
export const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Silence allowed before the offer. A conversion may take any time as long as it reports progress.
 */
export const PREPARING_SILENCE_MS = 60_000;

/** How long the answer to one control or stats request may take. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How often the first decoded frame is looked for: the resolution of the `first-frame` step. */
export const FIRST_FRAME_POLL_MS = 50;

/** How often the position is corrected by what the server says. */
export const POSITION_POLL_MS = 5_000;

/** A server message longer than this is cut before people see it. */
export const MAX_SHOWN_CHARACTERS = 2_000;

/** `notification_type` with which the server says that the content is over. */
export const STREAM_ENDED = "webrtc_stream_ended";
