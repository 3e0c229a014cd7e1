import { type ContentStore, LimitExceededError } from "@ipfs-kit/core";

/**
 * A store that gives so many bytes and no more. Who takes an index of media apart needs ten times its
 * size in memory, and the file says itself how large that index is.
 *
 * @throws LimitExceededError by the read that goes beyond
 */
export function boundedReads(
  store: Pick<ContentStore, "read" | "stat">,
  maxBytes: number,
): Pick<ContentStore, "read" | "stat"> {
  let left = maxBytes;
  return {
    stat: async (cid, options) => store.stat(cid, options),
    async *read(cid, options) {
      for await (const chunk of store.read(cid, options)) {
        left -= chunk.length;
        if (left < 0) {
          throw new LimitExceededError(
            `The headers of the file have more than the ${maxBytes} bytes that are looked at.`,
          );
        }
        yield chunk;
      }
    },
  };
}
