interface Waiting<T> {
  item: T;
  settled: Promise<void>;
  isSettled: boolean;
}

/**
 * Gives each item once what `settle` returned for it has resolved, in order, and meanwhile takes the
 * next ones: up to `window` wait. Fails as soon as one that is next does.
 */
export async function* settledInOrder<T>(
  source: AsyncGenerator<T, void>,
  settle: (item: T) => Promise<void>,
  window: number,
): AsyncGenerator<T, void> {
  const waiting: Waiting<T>[] = [];
  let next: Promise<IteratorResult<T, void>> | undefined = source.next();
  try {
    while (next !== undefined || waiting.length > 0) {
      const [head] = waiting;
      const isFull = waiting.length >= window;
      const taken: IteratorResult<T, void> | undefined = isFull
        ? undefined
        : await itemBefore(next, head);
      if (taken === undefined) {
        if (head === undefined) continue;
        await head.settled;
        waiting.shift();
        yield head.item;
      } else if (taken.done === true) {
        next = undefined;
      } else {
        waiting.push(watched(taken.value, settle(taken.value)));
        next = source.next();
      }
    }
  } finally {
    // Not awaited: a source that hangs would hang whoever gave up on it.
    next?.catch(() => {});
    source.return().catch(() => {});
  }
}

/** The next item, unless the first that waits is settled before it comes. */
async function itemBefore<T>(
  next: Promise<IteratorResult<T, void>> | undefined,
  head: Waiting<T> | undefined,
): Promise<IteratorResult<T, void> | undefined> {
  if (next === undefined || head?.isSettled === true) return undefined;
  return head === undefined ? next : Promise.race([next, head.settled.then(() => undefined)]);
}

function watched<T>(item: T, settled: Promise<void>): Waiting<T> {
  const waiting: Waiting<T> = { item, settled, isSettled: false };
  const settle = () => {
    waiting.isSettled = true;
  };
  settled.then(settle, settle);
  return waiting;
}
