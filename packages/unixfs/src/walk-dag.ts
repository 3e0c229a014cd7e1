import type { AbortOptions, Block, BlockSource, CID } from "@ipfs-kit/core";

/** How much of a DAG is meant, as the trustless gateway has it (`dag-scope`). */
export type DagScope = "block" | "entity" | "all";

export interface WalkOptions extends AbortOptions {
  /** @default "all" */
  scope?: DagScope | undefined;
  /** With scope `entity`: the bytes of the file wanted, both ends included; negative ones count from the end. */
  entityBytes?: { from: number; to: number | "*" } | undefined;
  /** Gives a block again each time the walk comes by. @default false */
  duplicates?: boolean | undefined;
}

/**
 * The blocks of a DAG in depth-first order, the root first, one at a time as they are pulled. Follows
 * the links of dag-pb, dag-cbor and dag-json; identity CIDs are followed and not given.
 *
 * @throws NotFoundError naming the block that is missing, with the root in `details.root`;
 *   IntegrityError, LimitExceededError for a DAG that is too deep, too wide or too large
 */
export async function* walkDag(
  _blocks: BlockSource,
  _root: CID,
  _options: WalkOptions = {},
): AsyncGenerator<Block, void> {
  throw new Error("to be written");
}
