import { abortReason } from "@ipfs-kit/core";

import { READ_AHEAD_BYTES, READ_AHEAD_PACKETS, READ_AHEAD_SECONDS } from "../defaults.ts";
import type { MediaPacket } from "../source/media-file.ts";

/**
 * Reads packets before they are needed, so that a slow read does not show: at most
 * {@link READ_AHEAD_SECONDS}, {@link READ_AHEAD_PACKETS} and {@link READ_AHEAD_BYTES}. Ends, and lets go of the source, when
 * the consumer stops or the signal fires.
 */
export async function* readAhead(
  source: AsyncIterable<MediaPacket>,
  signal: AbortSignal,
): AsyncGenerator<MediaPacket, void> {
  const queue: MediaPacket[] = [];
  let changed = Promise.withResolvers<void>();
  let end: { error?: unknown } | undefined;
  const stopping = new AbortController();
  const notify = () => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  const produce = async () => {
    try {
      for await (const packet of source) {
        queue.push(packet);
        notify();
        while (isFull(queue) && !stopping.signal.aborted) await changed.promise;
        if (stopping.signal.aborted) return;
      }
      end = {};
    } catch (error) {
      end = { error };
    } finally {
      notify();
    }
  };
  const onAbort = () => {
    stopping.abort();
    notify();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const producing = produce();
  try {
    for (;;) {
      if (signal.aborted) throw abortReason(signal);
      const packet = queue.shift();
      if (packet !== undefined) {
        notify();
        yield packet;
      } else if (end === undefined) {
        await changed.promise;
      } else if ("error" in end) {
        throw end.error;
      } else {
        return;
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    onAbort();
    await producing;
  }
}

function isFull(queue: readonly MediaPacket[]): boolean {
  if (queue.length >= READ_AHEAD_PACKETS) return true;
  const [first] = queue;
  const last = queue.at(-1);
  if (first === undefined || last === undefined) return false;
  if (last.timestamp - first.timestamp >= READ_AHEAD_SECONDS) return true;
  return queue.reduce((bytes, { data }) => bytes + data.length, 0) >= READ_AHEAD_BYTES;
}
