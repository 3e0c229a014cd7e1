import type { EmbeddedBlocks } from "@ipfs-kit/content-embedded";
import { type AbortOptions, type CID, delay } from "@ipfs-kit/core";

/** How often it is told how many blocks were read: nobody takes an hour of silence for work. */
const TELL_MS = 1_000;

type Told = { cid: CID; damage: string } | { checked: number };

/**
 * Reads every block of an embedded store again: tells the damaged ones as they are found, and every
 * second how many were read.
 */
export async function* verifyBlocks(
  blocks: Pick<EmbeddedBlocks, "scrub">,
  { signal }: AbortOptions,
  tellMs = TELL_MS,
): AsyncGenerator<Told, void> {
  let checked = 0;
  const onProgress = (count: number) => {
    checked = count;
  };
  const damaged = blocks.scrub({ signal, onProgress })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = damaged.next();
      for await (const _ of ticksUntil(next, tellMs)) yield { checked };
      const { done, value } = await next;
      yield { checked };
      if (done === true) return;
      yield { cid: value.cid, damage: value.reason };
    }
  } finally {
    await damaged.return?.();
  }
}

/** One item per pause, until the promise is settled. */
async function* ticksUntil(settled: Promise<unknown>, ms: number): AsyncGenerator<void, void> {
  const over = new AbortController();
  const end = () => over.abort();
  settled.then(end, end);
  while (!over.signal.aborted) {
    await delay(ms, { signal: over.signal }).catch(() => {});
    if (!over.signal.aborted) yield;
  }
}
