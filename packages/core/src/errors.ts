/**
 * Every way in which IPFS Kit says "no". The list is closed: a client may switch over it, and a new
 * entry is a visible change of the contract. Codes cross process boundaries unchanged: problem+json
 * bodies, WebSocket `error` messages and libp2p answers all carry the same string.
 */
export const ERROR_CODES = [
  /** The caller's input does not have the documented form. */
  "invalid_request",
  /** The text is not a CID this system can verify. */
  "invalid_cid",
  /** Nothing is known under that CID, id or path. */
  "not_found",
  /** The CID names a folder where a file is needed. */
  "not_a_file",
  /** The content has no bytes. */
  "empty_content",
  /** The bytes are not audio or video in a container we can read. */
  "not_media",
  /** The container is damaged or cut short. */
  "corrupt_media",
  /** Media we understand, but nothing here can turn it into something a browser plays. */
  "unplayable",
  /** The conversion to a playable form failed. */
  "transcode_failed",
  /** The far end accepted none of the offered tracks. */
  "no_common_codec",
  /** The far end's description or candidate was refused. */
  "negotiation_failed",
  /** The peer connection could not be made, or died. */
  "connection_failed",
  /** Bytes did not match the CID they were stored or sent under. */
  "integrity",
  /** The object is stopped, or not in the state the call needs. */
  "invalid_state",
  /** A published limit (sessions, sizes, depth) is reached. */
  "limit_exceeded",
  /** A single message, body or block is larger than allowed. */
  "too_large",
  /** The storage quota or the disk is full. */
  "storage_full",
  /** The deadline passed. */
  "timeout",
  /** The caller cancelled. */
  "aborted",
  /** A needed part is missing or down; trying later may help. */
  "unavailable",
  /** The protocol knows this request, this build does not do it. */
  "not_supported",
  /** The `Host` header is not one this server answers to. */
  "host_not_allowed",
  /** A browser on another origin asked. */
  "origin_not_allowed",
  /** The route exists, the method does not. */
  "method_not_allowed",
  /** The server asks for a token, and there was none, or one it does not know, or one that ran out. */
  "unauthenticated",
  /** Whoever asks is known, and the role of the token is too small for this. */
  "forbidden",
  /** Too many requests from one token or address; `Retry-After` tells when to come again. */
  "rate_limited",
  /** The data directory cannot be used, or another process has it. */
  "data_directory",
  /** A fault in IPFS Kit itself. */
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface IpfsKitErrorOptions {
  /** What made this happen, kept for the log. */
  cause?: unknown;
  /** Plain facts a client may show or act on, e.g. `{ codec: "mpeg4" }`. Never secrets. */
  details?: Readonly<Record<string, string | number | boolean>>;
}

/** An expected failure: `code` for programs, `message` for people (what happened, what to do). */
export class IpfsKitError extends Error {
  override readonly name: string = "IpfsKitError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, options: IpfsKitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Nothing is known under that CID, id or path. */
export class NotFoundError extends IpfsKitError {
  override readonly name = "NotFoundError";

  constructor(message: string, options?: IpfsKitErrorOptions) {
    super("not_found", message, options);
  }
}

/** The object is not in the state the call needs, e.g. not started, or already stopped. */
export class InvalidStateError extends IpfsKitError {
  override readonly name = "InvalidStateError";

  constructor(message: string, options?: IpfsKitErrorOptions) {
    super("invalid_state", message, options);
  }
}

/** A published limit is reached. */
export class LimitExceededError extends IpfsKitError {
  override readonly name = "LimitExceededError";

  constructor(message: string, options?: IpfsKitErrorOptions) {
    super("limit_exceeded", message, options);
  }
}

/** A deadline passed before the work was done. */
export class TimeoutError extends IpfsKitError {
  override readonly name = "TimeoutError";

  constructor(message: string, options?: IpfsKitErrorOptions) {
    super("timeout", message, options);
  }
}

/** The caller cancelled the work. */
export class AbortedError extends IpfsKitError {
  override readonly name = "AbortedError";

  constructor(message = "The work was cancelled.", options?: IpfsKitErrorOptions) {
    super("aborted", message, options);
  }
}

/** A needed part is missing or down. */
export class UnavailableError extends IpfsKitError {
  override readonly name = "UnavailableError";

  constructor(message: string, options?: IpfsKitErrorOptions) {
    super("unavailable", message, options);
  }
}

/** Bytes did not match their CID. */
export class IntegrityError extends IpfsKitError {
  override readonly name = "IntegrityError";

  constructor(message: string, options?: IpfsKitErrorOptions) {
    super("integrity", message, options);
  }
}

/**
 * A block that matches its CID, and yet cannot be what it says it is. Whoever made it is to blame, not
 * who stored or sent it: asking elsewhere gives the same bytes.
 */
export class MalformedContentError extends IntegrityError {}

/** The code to report for anything that was thrown: its own, or what its kind stands for. */
export function errorCodeOf(error: unknown): ErrorCode {
  if (error instanceof IpfsKitError) return error.code;
  if (error instanceof Error && error.name === "AbortError") return "aborted";
  if (error instanceof Error && error.name === "TimeoutError") return "timeout";
  return "internal";
}
