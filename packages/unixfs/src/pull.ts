import { abortReason, throwIfAborted } from "@ipfs-kit/core";

/**
 * The items of a source, until the signal fires: also while the source itself keeps us waiting. The
 * source is told to end whenever its end was not reached.
 */
export async function* pull<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const items = source[Symbol.asyncIterator]();
  // One listener for all items: adding and removing it costs more than a small item does.
  let giveUp: (() => void) | undefined;
  const onAbort = () => giveUp?.();
  let ended = false;
  try {
    throwIfAborted(signal);
    signal?.addEventListener("abort", onAbort, { once: true });
    for (;;) {
      throwIfAborted(signal);
      const next = Promise.withResolvers<IteratorResult<T>>();
      giveUp = () => signal !== undefined && next.reject(abortReason(signal));
      items.next().then(next.resolve, next.reject);
      const item = await next.promise;
      if (item.done === true) {
        ended = true;
        return;
      }
      yield item.value;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!ended) {
      // Not awaited: a source that hangs would hang the one who gave up on it.
      items.return?.().then(undefined, () => {});
    }
  }
}
