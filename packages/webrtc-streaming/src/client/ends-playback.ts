import type { ErrorCode } from "@ipfs-kit/core";

/**
 * What the server says to one message that it does not carry out (a control, a question, one
 * candidate of many), or that cannot be about a connection at all. Media flows on.
 */
const LEAVES_PLAYBACK: ReadonlySet<ErrorCode> = new Set([
  "invalid_request",
  "invalid_state",
  "not_supported",
  "limit_exceeded",
  // The server gave up something of its own; `closed` says so if it was the connection.
  "aborted",
  // Only HTTP knows these.
  "host_not_allowed",
  "origin_not_allowed",
  "method_not_allowed",
]);

/**
 * Whether an error about a connection means that nothing more will be played. That is so for
 *
 * - the connection: `connection_failed`, `negotiation_failed`, `no_common_codec`;
 * - the content or the way to it: `not_found`, `corrupt_media`, `integrity`, `transcode_failed`,
 *   `timeout`, `unavailable`, `storage_full` and the like. The server has stopped sending then, but
 *   keeps the connection open: nothing else will tell;
 * - a fault: `internal`.
 *
 * `not_found` is also the answer about a connection that the server no longer has, which is over too.
 * A connection that ends for any other reason is announced by `closed`.
 */
export function endsPlayback(code: ErrorCode): boolean {
  return !LEAVES_PLAYBACK.has(code);
}
