/** Why this server closes a WebSocket. 1007 and 1009 are sent by the library itself. */
export const CLOSE = {
  /** Not what this endpoint takes. */
  policy: 1008,
  /** A fault in here. */
  internal: 1011,
  /** The server stops or starts again; the reason holds `{"retry_after":<seconds>}`. */
  restart: 1012,
  /** Too many from that address. */
  tryLater: 1013,
  /** Its token was revoked or has expired, or the person signed out. */
  signedOut: 4001,
  /** The far end does not take what it asked for. */
  slowConsumer: 4008,
} as const;
