import { setImmediate } from "node:timers/promises";

import {
  abortable,
  type AbortOptions,
  type Blocks,
  type CID,
  LimitExceededError,
  NotFoundError,
  throwIfAborted,
} from "@ipfs-kit/core";

import { blockKeyOf, cidOf, keyOf } from "./cid-key.ts";
import {
  BLOCKS_CHECKED_AT_ONCE,
  BLOCKS_PER_TURN,
  MAX_DEPTH,
  MAX_PENDING_LINKS,
  MAX_WALKED_BLOCKS,
} from "./defaults.ts";
import type { Step } from "./depth-first.ts";
import { getBlock, isIdentity } from "./get-block.ts";
import { linksOf, mayHaveLinks } from "./links-of.ts";
import { malformed, shown } from "./node-errors.ts";

/**
 * Makes sure that everything under a root is here. Reads the inner nodes; of the leaves, which are
 * nearly all of the bytes, only the presence is looked up. A few blocks are asked for at a time.
 *
 * @throws NotFoundError naming a block that is missing; IntegrityError when the DAG is deeper or wider
 *   than the limits; LimitExceededError when it has too many blocks; IpfsKitError `not_supported` when
 *   a block has a codec that may have links which cannot be read
 */
export async function assertComplete(
  blocks: Pick<Blocks, "has" | "get">,
  root: CID,
  { signal }: AbortOptions = {},
): Promise<void> {
  const seen = new Set([blockKeyOf(keyOf(root))]);
  const rest: Step[] = [{ key: keyOf(root), depth: 0 }];
  let checks = 0;
  while (rest.length > 0) {
    throwIfAborted(signal);
    const steps = rest.splice(-BLOCKS_CHECKED_AT_ONCE).toReversed();
    const found = await Promise.all(
      steps.map(async ({ key }) => linksIfHere(blocks, cidOf(key), { root, signal })),
    );
    for (const [index, links] of found.entries()) {
      const depth = (steps[index]?.depth ?? 0) + 1;
      for (const link of links) {
        const key = keyOf(link);
        if (seen.has(blockKeyOf(key))) continue;
        if (depth > MAX_DEPTH) throw malformed(root, `it is more than ${MAX_DEPTH} levels deep`);
        if (rest.length >= MAX_PENDING_LINKS) throw malformed(root, "it is too deep and too wide");
        if (seen.size >= MAX_WALKED_BLOCKS) {
          throw new LimitExceededError(
            `A pin covers at most ${MAX_WALKED_BLOCKS} different blocks.`,
          );
        }
        seen.add(blockKeyOf(key));
        rest.push({ key, depth });
      }
    }
    checks += 1;
    if (checks % BLOCKS_PER_TURN === 0) await setImmediate();
  }
}

/** Found here and not fetched from elsewhere: what others have is not kept. */
async function linksIfHere(
  blocks: Pick<Blocks, "has" | "get">,
  cid: CID,
  { root, signal }: AbortOptions & { root: CID },
): Promise<CID[]> {
  const isHere = isIdentity(cid) || (await abortable(blocks.has(cid, { signal }), signal));
  if (!isHere) throw missing(cid, root);
  return mayHaveLinks(cid) ? linksOf(cid, await getBlock(blocks, cid, { root, signal })) : [];
}

function missing(cid: CID, root: CID): NotFoundError {
  const [block, top] = [shown(cid), shown(root)];
  return new NotFoundError(`Block ${block} of ${top} is not here: it cannot be kept whole.`, {
    details: { cid: block, root: top },
  });
}
