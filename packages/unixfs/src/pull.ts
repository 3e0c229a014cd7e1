import { abortable } from "@ipfs-kit/core";

/**
 * The items of a source, until the signal fires: also while the source itself keeps us waiting. The
 * source is told to end whenever its end was not reached.
 */
export async function* pull<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const items = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const item = await abortable(items.next(), signal);
      if (item.done === true) {
        ended = true;
        return;
      }
      yield item.value;
    }
  } finally {
    if (!ended) {
      // Not awaited: a source that hangs would hang the one who gave up on it.
      items.return?.().then(undefined, () => {});
    }
  }
}
