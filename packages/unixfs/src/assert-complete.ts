import {
  abortable,
  type AbortOptions,
  type Blocks,
  type CID,
  DAG_PB,
  LimitExceededError,
  NotFoundError,
} from "@ipfs-kit/core";

import { linksOf, malformed } from "./node.ts";
import { MAX_DEPTH, MAX_PENDING_LINKS, MAX_WALKED_BLOCKS } from "./defaults.ts";

/**
 * Makes sure that everything under a root is here. Reads the inner nodes; of the leaves, which are
 * nearly all of the bytes, only the presence is looked up.
 *
 * @throws NotFoundError naming the first block that is missing; IntegrityError when the DAG is deeper
 *   or wider than the limits
 */
export async function assertComplete(
  blocks: Pick<Blocks, "has" | "get">,
  root: CID,
  { signal }: AbortOptions = {},
): Promise<void> {
  const seen = new Set([keyOf(root)]);
  const rest = [{ cid: root, depth: 0 }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { cid, depth } = next;
    if (!(await blocks.has(cid, { signal }))) throw missing(cid, root);
    if (cid.code !== DAG_PB) continue;
    for (const link of linksOf(cid, await abortable(blocks.get(cid), signal))) {
      const key = keyOf(link);
      if (seen.has(key)) continue;
      if (depth >= MAX_DEPTH) throw malformed(root, `it is more than ${MAX_DEPTH} levels deep`);
      if (rest.length >= MAX_PENDING_LINKS) throw malformed(root, "it is too deep and too wide");
      if (seen.size >= MAX_WALKED_BLOCKS) {
        throw new LimitExceededError(`A pin covers at most ${MAX_WALKED_BLOCKS} different blocks.`);
      }
      seen.add(key);
      rest.push({ cid: link, depth: depth + 1 });
    }
  }
}

/** By CID and not by multihash: under another codec the same bytes may have links. */
function keyOf(cid: CID): string {
  return Buffer.from(cid.toV1().bytes).toString("latin1");
}

function missing(cid: CID, root: CID): NotFoundError {
  const [block, top] = [cid.toString(), root.toString()];
  return new NotFoundError(`Block ${block} of ${top} is not here: it cannot be kept whole.`, {
    details: { cid: block, root: top },
  });
}
