import type { CID, ContentRepository } from "@ipfs-kit/core";

/** The same items; until they end nothing under the root is collected as garbage, where a store can do that. */
export async function* keptWhileRead<T>(
  store: Pick<ContentRepository, "keepWhileRead"> | undefined,
  root: CID,
  items: AsyncIterable<T>,
): AsyncGenerator<T, void> {
  const over = store?.keepWhileRead?.(root);
  try {
    yield* items;
  } finally {
    over?.();
  }
}
