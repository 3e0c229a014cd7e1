import { abortable, AbortedError, IntegrityError } from "@ipfs-kit/core";

import type { Deadline } from "./deadline.ts";

export interface BodyStreamInit {
  /** The body, from its second part on. */
  rest: AsyncIterator<Uint8Array>;
  /** The part already waited for; absent when there was none. */
  first: Uint8Array | undefined;
  /** Bytes that were announced. */
  length: number | undefined;
  /** Fires when the request is given up. */
  signal: AbortSignal;
  deadline: Deadline;
  progressTimeoutMs: number;
  /** Breaks the connection so that nobody takes what was sent for the whole. */
  cut: (error: unknown) => boolean;
  /** Called once, whichever way it ended. */
  onEnd: (error?: unknown) => void;
}

/**
 * A body that is pulled by its client, part by part. One that cannot be completed, or does not have
 * the bytes that were announced, never ends as if it were whole.
 */
export function bodyStream(init: BodyStreamInit): ReadableStream<Uint8Array> {
  const { rest, signal, deadline, progressTimeoutMs, length } = init;
  let { first } = init;
  let sent = 0;

  async function next(): Promise<Uint8Array | undefined> {
    if (first !== undefined) {
      const bytes = first;
      first = undefined;
      return bytes;
    }
    deadline.start(progressTimeoutMs);
    try {
      for (;;) {
        const item = await abortable(rest.next(), signal);
        if (item.done === true) return undefined;
        if (item.value.length > 0) return item.value;
      }
    } finally {
      deadline.stop();
    }
  }

  function count(bytes: Uint8Array | undefined): void {
    if (length === undefined) return;
    sent += bytes?.length ?? 0;
    if (sent > length || (bytes === undefined && sent < length)) {
      throw new IntegrityError(`The content has not the ${length} bytes its root states.`);
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = await next();
          count(bytes);
          if (bytes !== undefined) {
            controller.enqueue(bytes);
            return;
          }
          controller.close();
          init.onEnd();
        } catch (error) {
          stop(rest);
          const wasCut = init.cut(error);
          init.onEnd(error);
          // Where the connection is cut the server cancels the stream; elsewhere the error must tell.
          if (!wasCut) controller.error(error);
        }
      },
      cancel(reason) {
        init.onEnd(new AbortedError("The client went away.", { cause: reason }));
        stop(rest);
      },
    },
    // Nothing is fetched that nobody asked for.
    { highWaterMark: 0 },
  );
}

/** Lets a source end. Not awaited: one that hangs would hang whoever gave up on it. */
function stop(source: AsyncIterator<Uint8Array>): void {
  source.return?.().then(undefined, () => {});
}
