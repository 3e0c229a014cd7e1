import type { ServerResponse } from "node:http";

/** How long, and how much of it, a body is read that nobody wants. */
const LINGER_MS = 500;
const LINGER_BYTES = 64 * 1024 * 1024;

/**
 * Ends an answer that is out while its request is still being sent. A connection that is closed with
 * bytes unread is reset, and a reset takes the answer away from a client that has not read it yet:
 * the rest is read for a moment, and forgotten.
 */
export function endWhileSending(outgoing: ServerResponse): void {
  const { req: incoming } = outgoing;
  let bytes = 0;
  const end = () => {
    clearTimeout(timer);
    incoming.off("data", onData);
    outgoing.end();
  };
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) end();
  };
  const timer = setTimeout(end, LINGER_MS);
  incoming.on("data", onData).once("close", end);
}
