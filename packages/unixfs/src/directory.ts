import { type AbortOptions, type BlockSource, type CID, IpfsKitError } from "@ipfs-kit/core";

import { keyOf } from "./cid-key.ts";
import type { NamedLink } from "./dag-pb-node.ts";
import { MAX_WALKED_BLOCKS } from "./defaults.ts";
import { getBlock } from "./get-block.ts";
import { hashName, type Shard, slotAt } from "./hamt-shard.ts";
import { decodeNode, type DirectoryNode } from "./node.ts";
import { malformed, shown } from "./node-errors.ts";
import { ReadAhead } from "./read-ahead.ts";
import { shardIn } from "./walk-scope.ts";

/**
 * An entry of a folder. Its name is text a stranger chose: never empty and without NUL, but it may be
 * `..`, or hold `/` or control characters.
 */
export type DirectoryEntry = NamedLink;

/** An entry with the blocks it was found through. */
export interface FoundEntry extends DirectoryEntry {
  /** The shards below the folder's own block; none in a plain folder. */
  shards: CID[];
}

/**
 * The entries of a folder, plain or sharded (HAMT), as they are pulled: plain ones in the order of
 * their links, sharded ones in that of their slots. Of two entries with one name the first counts.
 *
 * @throws IpfsKitError `invalid_request` when it is no folder, `not_a_file` when it is no UnixFS;
 *   NotFoundError; IntegrityError for a shard or a name that cannot be
 */
export async function* listDirectory(
  blocks: BlockSource,
  cid: CID,
  { signal }: AbortOptions = {},
): AsyncGenerator<DirectoryEntry, void> {
  const { links, shard } = folderIn(cid, await getBlock(blocks, cid, { signal }));
  if (shard !== undefined) {
    using ahead = new ReadAhead(blocks, cid, signal);
    yield* listShards(ahead, cid, shard);
    return;
  }
  const names = new Set<string>();
  for (const entry of links) {
    if (names.has(entry.name)) continue;
    names.add(entry.name);
    yield checked(cid, entry);
  }
}

async function* listShards(
  ahead: ReadAhead,
  root: CID,
  { fanout, slots: first }: Shard,
): AsyncGenerator<DirectoryEntry, void> {
  const open = [first.toReversed()];
  // Names differ, and so do shards: one that comes twice would double the folder with every level.
  const shards = new Set<string>();
  for (let slots = open.at(-1); slots !== undefined; slots = open.at(-1)) {
    const next = slots.pop();
    if (next === undefined) {
      open.pop();
    } else if (next.name !== "") {
      yield checked(root, { name: next.name, cid: next.cid, dagSize: next.dagSize });
    } else {
      const key = keyOf(next.cid);
      if (shards.has(key)) throw malformed(root, "one shard stands at two places in it");
      if (shards.size >= MAX_WALKED_BLOCKS) throw malformed(root, "it has too many shards");
      shards.add(key);
      ahead.expect([
        key,
        ...slots
          .filter(({ name }) => name === "")
          .map(keyOfLink)
          .toReversed(),
      ]);
      const block = await ahead.take(next.cid);
      open.push(shardIn(next.cid, block, { fanout, level: open.length }).slots.toReversed());
    }
  }
}

/**
 * The entry of a folder under a name; reads only the shards on the way. `undefined` when there is none.
 *
 * @throws as {@link listDirectory}
 */
export async function findEntry(
  blocks: BlockSource,
  cid: CID,
  name: string,
  { signal }: AbortOptions = {},
): Promise<FoundEntry | undefined> {
  const folder = folderIn(cid, await getBlock(blocks, cid, { signal }));
  return findInFolder(blocks, { cid, folder }, name, { signal });
}

/** As {@link findEntry}, for a folder that has been read. */
export async function findInFolder(
  blocks: BlockSource,
  { cid, folder: { links, shard: first } }: { cid: CID; folder: DirectoryNode },
  name: string,
  { signal }: AbortOptions = {},
): Promise<FoundEntry | undefined> {
  if (name === "") return undefined;
  if (first === undefined) {
    const entry = links.find((link) => link.name === name);
    return entry && { ...entry, shards: [] };
  }
  const { fanout } = first;
  const hash = await hashName(name);
  const shards: CID[] = [];
  let { slots } = first;
  for (;;) {
    const slot = slotAt(hash, shards.length * Math.log2(fanout), fanout);
    const found = slots.find((candidate) => candidate.slot === slot);
    if (found === undefined) return undefined;
    if (found.name === name) return { name, cid: found.cid, dagSize: found.dagSize, shards };
    if (found.name !== "") return undefined;
    shards.push(found.cid);
    const block = await getBlock(blocks, found.cid, { root: cid, signal });
    ({ slots } = shardIn(found.cid, block, { fanout, level: shards.length }));
  }
}

function folderIn(cid: CID, block: Uint8Array): DirectoryNode {
  const node = decodeNode(cid, block);
  if (node.type === "directory") return node;
  throw new IpfsKitError("invalid_request", `${shown(cid)} is a ${node.type}, not a folder.`, {
    details: { cid: shown(cid) },
  });
}

function checked(cid: CID, entry: DirectoryEntry): DirectoryEntry {
  if (entry.name !== "" && !entry.name.includes("\0")) return entry;
  throw malformed(cid, "an entry of it has a name that no entry can have");
}

function keyOfLink({ cid }: NamedLink): string {
  return keyOf(cid);
}
