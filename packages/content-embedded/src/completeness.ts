import {
  abortable,
  type AbortOptions,
  type CID,
  DAG_PB,
  LimitExceededError,
  NotFoundError,
} from "@ipfs-kit/core";

import type { Blocks } from "./blocks.ts";
import { linksOf } from "./dag-node.ts";
import { MAX_WALKED_BLOCKS } from "./defaults.ts";

/**
 * Makes sure that everything under a root is here. Reads the inner nodes; of the leaves, which are
 * nearly all of the bytes, only the presence is looked up.
 *
 * @throws NotFoundError naming the first block that is missing
 */
export async function assertComplete(
  blocks: Pick<Blocks, "has" | "get">,
  root: CID,
  { signal }: AbortOptions = {},
): Promise<void> {
  const seen = new Set<string>();
  const rest = [root];
  for (let cid = rest.pop(); cid !== undefined; cid = rest.pop()) {
    // By CID and not by multihash: under another codec the same bytes may have links.
    const key = cid.toV1().toString();
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size > MAX_WALKED_BLOCKS) {
      throw new LimitExceededError(`A pin covers at most ${MAX_WALKED_BLOCKS} different blocks.`);
    }
    if (!blocks.has(cid)) throw missing(cid, root);
    if (cid.code !== DAG_PB) continue;
    rest.push(...linksOf(cid, await abortable(blocks.get(cid), signal)));
  }
}

function missing(cid: CID, root: CID): NotFoundError {
  const [block, top] = [cid.toString(), root.toString()];
  return new NotFoundError(`Block ${block} of ${top} is not here: it cannot be kept whole.`, {
    details: { cid: block, root: top },
  });
}
