import { abortReason, AbortedError, IntegrityError, withTimeout } from "@ipfs-kit/core";

import { slices } from "./slices.ts";

export interface BodyStreamInit {
  /** The body, from its second part on. */
  rest: AsyncGenerator<Uint8Array, void>;
  /** The part already waited for; absent when there was none. */
  first: Uint8Array | undefined;
  /** Bytes that were announced. */
  length: number | undefined;
  /** Fires when the request is given up. */
  signal: AbortSignal;
  progressTimeoutMs: number;
  /** Breaks the connection so that nobody takes what was sent for the whole. */
  cut: (error: unknown) => boolean;
  /** Called once, whichever way it ended. */
  onEnd: (error?: unknown) => void;
}

/**
 * A body that is pulled by its client, piece by piece. One that cannot be completed, or does not have
 * the bytes that were announced, never ends as if it were whole. It ends with its request too, also
 * when nobody reads it.
 */
export function bodyStream(init: BodyStreamInit): ReadableStream<Uint8Array> {
  const { rest, first, signal, progressTimeoutMs, length } = init;
  let taken = 0;
  let pieces = slices(first ?? new Uint8Array(0));
  let hasEnded = false;
  if (first !== undefined) count(first);
  signal.addEventListener("abort", onAbort, { once: true });

  /** The next part of the source that is not empty. */
  async function nextPart(): Promise<Uint8Array | undefined> {
    for (;;) {
      const item = await rest.next();
      if (item.done === true) return undefined;
      if (item.value.length > 0) return item.value;
    }
  }

  async function nextPiece(): Promise<Uint8Array | undefined> {
    const piece = pieces.next();
    if (piece.done !== true) return piece.value;
    const what = "The next part of the content";
    const part = await withTimeout(progressTimeoutMs, what, nextPart, { signal });
    count(part);
    if (part === undefined) return undefined;
    pieces = slices(part);
    return nextPiece();
  }

  /** Before any of a part is sent: a client takes the bytes announced for the whole. */
  function count(part: Uint8Array | undefined): void {
    if (length === undefined) return;
    taken += part?.length ?? 0;
    if (taken > length || (part === undefined && taken < length)) {
      throw new IntegrityError(`The content has not the ${length} bytes its root states.`);
    }
  }

  function end(failure?: unknown): void {
    if (hasEnded) return;
    hasEnded = true;
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a source that hangs would hang whoever gave up on it.
    if (failure !== undefined) rest.return().then(undefined, () => {});
    init.onEnd(failure);
  }

  function onAbort(): void {
    end(abortReason(signal));
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const piece = await nextPiece();
          if (piece !== undefined) {
            controller.enqueue(piece);
            return;
          }
          controller.close();
          end();
        } catch (error) {
          const wasCut = init.cut(error);
          end(error);
          // Where the connection is cut the server cancels the stream; elsewhere the error must tell.
          if (!wasCut) controller.error(error);
        }
      },
      cancel(reason) {
        end(new AbortedError("The client went away.", { cause: reason }));
      },
    },
    // Nothing is fetched that nobody asked for.
    { highWaterMark: 0 },
  );
}
