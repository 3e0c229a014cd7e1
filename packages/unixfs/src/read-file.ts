import { setImmediate } from "node:timers/promises";

import {
  abortable,
  anySignal,
  type BlockSource,
  type CID,
  IpfsKitError,
  LimitExceededError,
  type ReadOptions,
  throwIfAborted,
} from "@ipfs-kit/core";

import { type CidKey, cidOf, keyOf } from "./cid-key.ts";
import {
  BLOCKS_PER_TURN,
  MAX_BLOCK_BYTES,
  MAX_BLOCKS_PER_READ,
  MAX_DEPTH,
  MAX_PENDING_LINKS,
  MIN_AVERAGE_PART_BYTES,
  PARTS_BEFORE_AVERAGE,
  READ_AHEAD_BLOCKS,
} from "./defaults.ts";
import { getBlock } from "./get-block.ts";
import { decodeNode, type FileNode } from "./node.ts";
import { malformed, notAFile } from "./node-errors.ts";
import { fileIn } from "./walk-scope.ts";

export interface FileReaderOptions extends ReadOptions {
  /** Blocks fetched before they are asked for. @default 6 */
  readAhead?: number | undefined;
}

/** A part of the file still to be read: there may be tens of thousands. */
interface Part {
  key: CidKey;
  /** Bytes of the file under it, as its parent states them. */
  size: number;
  /** Where it begins in the file. */
  start: number;
  depth: number;
  block?: Promise<Uint8Array>;
}

/**
 * The bytes of a file, depth first, one block at a time as the consumer pulls. Parts outside the
 * range are not touched. Every block is checked against its CID, and against the size its parent
 * gave it: what comes out is the file the root names, or an error.
 *
 * A root that is not here is `not_found`. So is a block below it, with the root in `details.root`:
 * the bytes are not wrong, just elsewhere, and a caller with another source may go on from there.
 */
export async function* readFile(
  blocks: BlockSource,
  root: CID,
  { offset = 0, length = Infinity, signal, readAhead = READ_AHEAD_BLOCKS }: FileReaderOptions = {},
): AsyncGenerator<Uint8Array, void> {
  checkRange("offset", offset);
  if (length !== Infinity) checkRange("length", length);
  throwIfAborted(signal);
  const node = rootFile(root, await getBlock(blocks, root, { signal }));
  const range = { from: offset, to: offset + length };
  using plan = new ReadPlan(blocks, root, { ...range, readAhead, signal });
  const head = plan.open(node, { start: 0, depth: 0 });
  if (head.length > 0) yield head;
  for (let part = plan.next(); part !== undefined; part = plan.next()) {
    throwIfAborted(signal);
    const block = await abortable(plan.fetch(part), signal);
    if (plan.blocksRead % BLOCKS_PER_TURN === 0) await setImmediate();
    const inner = fileIn(cidOf(part.key), block, part.size);
    const bytes = plan.open(inner, part);
    if (bytes.length > 0) yield bytes;
  }
}

interface PlanOptions {
  from: number;
  to: number;
  readAhead: number;
  signal: AbortSignal | undefined;
}

/** What is still to be read of one file, and which blocks of it are already on their way. */
class ReadPlan implements Disposable {
  readonly #blocks: BlockSource;
  readonly #root: CID;
  readonly #options: PlanOptions;
  /** The next part is the last one. */
  readonly #parts: Part[] = [];
  /** Cancels what was fetched ahead when the reader leaves; a file of one block never needs it. */
  #leaving: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #underWay = 0;
  #blocksRead = 0;
  #bytesRead = 0;

  constructor(blocks: BlockSource, root: CID, options: PlanOptions) {
    this.#blocks = blocks;
    this.#root = root;
    this.#options = options;
  }

  get blocksRead(): number {
    return this.#blocksRead;
  }

  /** Notes the parts of a node that lie in the range; returns those of its own bytes that do. */
  open({ data, children }: FileNode, { start, depth }: Pick<Part, "start" | "depth">): Uint8Array {
    const { from, to } = this.#options;
    let position = start + data.length;
    const wanted: Part[] = [];
    for (const child of children) {
      if (from < to && position < to && position + child.size > from) {
        const { cid, size } = child;
        wanted.push({ key: keyOf(cid), size, start: position, depth: depth + 1 });
      }
      position += child.size;
    }
    if (wanted.length > 0 && depth >= MAX_DEPTH) {
      throw malformed(this.#root, `it is more than ${MAX_DEPTH} levels deep`);
    }
    if (this.#parts.length + wanted.length > MAX_PENDING_LINKS) {
      throw malformed(this.#root, "it is too deep and too wide");
    }
    this.#parts.push(...wanted.toReversed());
    const bytes = data.subarray(Math.max(0, from - start), Math.max(0, to - start));
    this.#bytesRead += bytes.length;
    return bytes;
  }

  next(): Part | undefined {
    const part = this.#parts.pop();
    if (part === undefined) return undefined;
    this.#blocksRead += 1;
    if (this.#blocksRead > MAX_BLOCKS_PER_READ) {
      throw new LimitExceededError(
        `One read touches at most ${MAX_BLOCKS_PER_READ} blocks. Read the file in ranges.`,
      );
    }
    const isPastStart = this.#blocksRead > PARTS_BEFORE_AVERAGE;
    if (isPastStart && this.#bytesRead < this.#blocksRead * MIN_AVERAGE_PART_BYTES) {
      throw malformed(this.#root, "it is made of too many tiny parts");
    }
    return part;
  }

  async fetch(part: Part): Promise<Uint8Array> {
    const block = part.block ?? this.#start(part);
    if (part.size <= MAX_BLOCK_BYTES) this.#startAhead();
    try {
      return await block;
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * In the order of need, and up to the first part with parts of its own: those come before whatever
   * stands behind it. What is larger than a block is such a part.
   */
  #startAhead(): void {
    for (let index = this.#parts.length - 1; index >= 0; index -= 1) {
      const ahead = this.#parts[index];
      if (ahead === undefined || this.#underWay > this.#options.readAhead) return;
      if (ahead.block === undefined) void this.#start(ahead);
      if (ahead.size > MAX_BLOCK_BYTES) return;
    }
  }

  #start(part: Part): Promise<Uint8Array> {
    this.#underWay += 1;
    this.#leaving ??= new AbortController();
    this.#signal ??= anySignal(this.#options.signal, this.#leaving.signal);
    const block = getBlock(this.#blocks, cidOf(part.key), {
      root: this.#root,
      signal: this.#signal,
    });
    // Fetched ahead and perhaps never asked for: then its failure concerns nobody.
    block.catch(() => {});
    part.block = block;
    return block;
  }

  [Symbol.dispose](): void {
    this.#leaving?.abort();
  }
}

function rootFile(cid: CID, block: Uint8Array): FileNode {
  const node = decodeNode(cid, block);
  if (node.type === "file") return node;
  throw notAFile(cid, node.type === "directory" ? "it is a folder" : "it is a symbolic link");
}

function checkRange(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new IpfsKitError("invalid_request", `The ${name} of a read must be a whole number from 0.`);
}
