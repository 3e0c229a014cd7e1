import { type CID, errorCodeOf, RAW } from "@ipfs-kit/core";

import { keyOf } from "./cid-key.ts";
import type { Step } from "./depth-first.ts";
import { isIdentity } from "./get-block.ts";
import { HASH_BITS, type Shard } from "./hamt-shard.ts";
import { linksOf } from "./links-of.ts";
import { decodeNode, type FileNode, type UnixfsNode } from "./node.ts";
import { malformed } from "./node-errors.ts";

/** How much of a DAG is meant, as the trustless gateway has it (`dag-scope`). */
export type DagScope = "block" | "entity" | "all";

/** Bytes of a file, both ends included; negative ones count from its end, `*` is its end. */
export interface EntityBytes {
  from: number;
  to: number | "*";
}

export interface WalkStep extends Step {
  /** When it is part of a file: where it begins there, and its bytes as its parent states them. */
  part?: { start: number; size: number } | undefined;
  /** When not all of what is below it is wanted. */
  isPartial?: boolean | undefined;
  /** When it is part of a sharded folder: the slots of the whole. */
  fanout?: number | undefined;
}

/** Where the walk goes from a block. @throws IntegrityError for a block that contradicts its parent */
export type Follow = (step: WalkStep, cid: CID, block: Uint8Array) => WalkStep[];

export function followerOf(scope: DagScope, entityBytes: EntityBytes | undefined): Follow {
  if (scope === "block") return () => [];
  return scope === "all" ? followLinks : new Entity(entityBytes).follow;
}

function followLinks({ depth }: WalkStep, cid: CID, block: Uint8Array): WalkStep[] {
  return linksOf(cid, block)
    .filter(isWorthAVisit)
    .map((link) => ({ key: keyOf(link), depth: depth + 1 }));
}

/** An identity CID that has no links either is nothing to give and nothing to follow. */
function isWorthAVisit(cid: CID): boolean {
  return !isIdentity(cid) || cid.code !== RAW;
}

/** A file with its parts, or a folder with its shards: what is needed to read the one or list the other. */
class Entity {
  readonly #wanted: EntityBytes | undefined;
  /** The bytes wanted, `to` excluded; known once the root was seen. */
  #range = { from: 0, to: Infinity };

  constructor(wanted: EntityBytes | undefined) {
    this.#wanted = wanted;
  }

  readonly follow: Follow = (step, cid, block) => {
    const { depth, part, fanout } = step;
    if (part !== undefined) return this.#partsOf(fileIn(cid, block, part.size), depth, part.start);
    if (fanout !== undefined) return shardsOf(shardIn(cid, block, { fanout, level: depth }), depth);
    const node = rootIn(cid, block);
    if (node?.type === "file") {
      this.#range = rangeIn(node.size, this.#wanted);
      return this.#partsOf(node, depth, 0);
    }
    return node?.type === "directory" && node.shard !== undefined
      ? shardsOf(node.shard, depth)
      : [];
  };

  #partsOf({ data, children }: FileNode, depth: number, start: number): WalkStep[] {
    const { from, to } = this.#range;
    const steps: WalkStep[] = [];
    let begin = start + data.length;
    for (const { cid, size } of children) {
      const end = begin + size;
      if (from < to && begin < to && end > from && isWorthAVisit(cid)) {
        const isPartial = begin < from || end > to;
        steps.push({ key: keyOf(cid), depth: depth + 1, part: { start: begin, size }, isPartial });
      }
      begin = end;
    }
    return steps;
  }
}

/** `undefined` for what is no UnixFS: then the block alone is the entity. */
function rootIn(cid: CID, block: Uint8Array): UnixfsNode | undefined {
  try {
    return decodeNode(cid, block);
  } catch (error) {
    if (errorCodeOf(error) === "not_a_file") return undefined;
    throw error;
  }
}

function rangeIn(size: number, wanted: EntityBytes | undefined): { from: number; to: number } {
  const { from, to } = wanted ?? { from: 0, to: "*" };
  const place = (byte: number) => (byte < 0 ? Math.max(0, size + byte) : byte);
  if (to === "*") return { from: place(from), to: size };
  // The end may lie before the beginning of the file: then there is nothing.
  return { from: place(from), to: (to < 0 ? size + to : to) + 1 };
}

/**
 * A node that its parent says is part of a file of so many bytes.
 *
 * @throws IntegrityError when it is something else
 */
export function fileIn(cid: CID, block: Uint8Array, size: number): FileNode {
  const node = rootIn(cid, block);
  if (node?.type !== "file") throw malformed(cid, "it is part of a file, but no file itself");
  if (node.size === size) return node;
  throw malformed(cid, `it has ${node.size} bytes where its parent states ${size}`);
}

/**
 * A node that another shard says is a shard below it.
 *
 * @throws IntegrityError when it is something else, or deeper than a name has bits for
 */
export function shardIn(
  cid: CID,
  block: Uint8Array,
  { fanout, level }: { fanout: number; level: number },
): Shard {
  const node = rootIn(cid, block);
  const shard = node?.type === "directory" ? node.shard : undefined;
  if (shard?.fanout !== fanout) {
    throw malformed(cid, "it is part of a sharded folder, but no shard of its kind");
  }
  if ((level + 1) * Math.log2(fanout) <= HASH_BITS) return shard;
  throw malformed(cid, "it is a shard deeper than the hash of a name reaches");
}

function shardsOf({ fanout, slots }: Shard, depth: number): WalkStep[] {
  return slots
    .filter(({ name }) => name === "")
    .map(({ cid }) => ({ key: keyOf(cid), depth: depth + 1, fanout }));
}
