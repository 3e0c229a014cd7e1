import {
  type AbortOptions,
  type Blocks,
  type CID,
  LimitExceededError,
  RAW,
  throwIfAborted,
} from "@ipfs-kit/core";
import { linksOf } from "@ipfs-kit/unixfs";

import { MAX_PENDING_REFS, MAX_SEEN } from "./defaults.ts";

export interface WalkCidsOptions extends AbortOptions {
  /** What was given before; grows. Each is given once. */
  seen: Set<string>;
}

/**
 * The CIDs under a root, without the root, each once. Reads the inner nodes; leaves, which are nearly
 * all of the bytes, are not looked at.
 *
 * @throws NotFoundError; LimitExceededError
 */
export async function* walkCids(
  blocks: Pick<Blocks, "get">,
  root: CID,
  { seen, signal }: WalkCidsOptions,
): AsyncGenerator<CID, void> {
  const rest = [root];
  for (let cid = rest.pop(); cid !== undefined; cid = rest.pop()) {
    throwIfAborted(signal);
    if (cid.code === RAW) continue;
    const fresh: CID[] = [];
    for (const link of linksOf(cid, await blocks.get(cid, { signal }))) {
      const key = link.toString();
      if (seen.has(key)) continue;
      if (seen.size >= MAX_SEEN) {
        throw new LimitExceededError(`One call goes through at most ${MAX_SEEN} blocks.`);
      }
      seen.add(key);
      fresh.push(link);
      yield link;
    }
    if (rest.length + fresh.length > MAX_PENDING_REFS) {
      throw new LimitExceededError("This DAG is too wide and too deep to be listed.");
    }
    rest.push(...fresh.toReversed());
  }
}
