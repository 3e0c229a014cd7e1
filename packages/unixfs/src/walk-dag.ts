import {
  type AbortOptions,
  type Block,
  type BlockSource,
  type CID,
  LimitExceededError,
} from "@ipfs-kit/core";

import { blockKeyOf, keyOf } from "./cid-key.ts";
import { MAX_REPEATED_BLOCKS, MAX_WALKED_BLOCKS } from "./defaults.ts";
import { DepthFirst } from "./depth-first.ts";
import { isIdentity } from "./get-block.ts";
import { type DagScope, type EntityBytes, followerOf, type WalkStep } from "./walk-scope.ts";

export interface WalkOptions extends AbortOptions {
  /** @default "all" */
  scope?: DagScope | undefined;
  /** With scope `entity`: the bytes of the file wanted. @default all */
  entityBytes?: EntityBytes | undefined;
  /** Gives a block again each time the walk comes by. @default false */
  duplicates?: boolean | undefined;
}

/**
 * The blocks of a DAG in depth-first order, the root first, one at a time as they are pulled; a few
 * are fetched ahead. Follows the links of dag-pb, dag-cbor and dag-json; identity CIDs are followed and
 * not given. Of a file whose range is empty, and of what is no UnixFS, the entity is the one block.
 *
 * @throws NotFoundError naming the block that is missing, with the root in `details.root`;
 *   IntegrityError for a DAG that is too deep or too wide, or contradicts itself; LimitExceededError
 *   for one that is too large; IpfsKitError `not_supported` where a codec may have links that cannot be
 *   read
 */
export async function* walkDag(
  blocks: BlockSource,
  root: CID,
  { signal, scope = "all", entityBytes, duplicates = false }: WalkOptions = {},
): AsyncGenerator<Block, void> {
  using walk = new DepthFirst<WalkStep>(blocks, root, signal);
  const follow = followerOf(scope, entityBytes);
  const visited = new Visits(duplicates);
  const skip = (step: WalkStep) => visited.isEnough(step);
  walk.enter([{ key: keyOf(root), depth: 0 }]);
  for (let next = await walk.next(skip); next !== undefined; next = await walk.next(skip)) {
    const { step, cid, bytes } = next;
    walk.enter(follow(step, cid, bytes));
    const isGiven = visited.note(step);
    if (isGiven && !isIdentity(cid)) yield { cid, bytes };
  }
}

/** Which blocks the walk came by. */
class Visits {
  readonly #duplicates: boolean;
  readonly #seen = new Set<string>();
  /** Those of them below which only a part was wanted: another visit may want another. */
  readonly #partial = new Set<string>();
  #repeated = 0;

  constructor(duplicates: boolean) {
    this.#duplicates = duplicates;
  }

  isEnough({ key }: WalkStep): boolean {
    if (this.#duplicates) return false;
    const block = blockKeyOf(key);
    return this.#seen.has(block) && !this.#partial.has(block);
  }

  /** @returns whether the block is to be given. @throws LimitExceededError when there are too many */
  note({ key, isPartial = false }: WalkStep): boolean {
    const block = blockKeyOf(key);
    const isNew = !this.#seen.has(block);
    this.#repeated += isNew ? 0 : 1;
    this.#seen.add(block);
    if (!isPartial) this.#partial.delete(block);
    else if (isNew) this.#partial.add(block);
    if (this.#seen.size > MAX_WALKED_BLOCKS) {
      throw new LimitExceededError(`One walk gives at most ${MAX_WALKED_BLOCKS} different blocks.`);
    }
    if (this.#repeated > MAX_REPEATED_BLOCKS) {
      const message = `One walk gives at most ${MAX_REPEATED_BLOCKS} blocks again. Ask for each only once.`;
      throw new LimitExceededError(message);
    }
    return isNew || this.#duplicates;
  }
}
