import {
  type AddedEntry,
  type AddTreeOptions,
  anySignal,
  type CID,
  throwIfAborted,
  type TreeEntry,
} from "@ipfs-kit/core";
import { importTree } from "@ipfs-kit/unixfs";

import type { PackSink } from "./block-sink.ts";
import { GROUP_RECORDS, TREE_WINDOW } from "./defaults.ts";
import type { PinKeeper } from "./pin-keeper.ts";
import { checkName } from "./pins.ts";
import { settledInOrder } from "./settled-in-order.ts";

/** A root that was added: durable, and pinned if it was to be. */
export interface AddedRoot {
  cid: CID;
  size: number;
  mediaType: string;
  name: string | undefined;
}

export interface AddTreeInit {
  sink: PackSink;
  keeper: PinKeeper;
  onRootAdded: (root: AddedRoot) => void;
}

/** What file managers call the type of a folder and of a symbolic link. */
const NODE_TYPES = { directory: "inode/directory", symlink: "inode/symlink" } as const;

/**
 * Takes in a tree: each file is told once its blocks are durable, the roots that are folders, and
 * whatever comes last, once the roots are pinned.
 */
export async function* addTree(
  source: AsyncIterable<TreeEntry>,
  { sink, keeper, onRootAdded }: AddTreeInit,
  { pin = true, name, wrap = false, signal, ...settings }: Omit<AddTreeOptions, "onlyHash">,
): AsyncGenerator<AddedEntry, void> {
  checkName(name);
  const leaving = new AbortController();
  const isRoot = ({ path }: AddedEntry) => (wrap ? path === "" : !path.includes("/"));
  const roots: AddedEntry[] = [];
  const held: AddedEntry[] = [];
  const entries = importTree(sink, source, {
    ...settings,
    wrap,
    signal: anySignal(signal, leaving.signal),
  });
  try {
    for await (const entry of settledInOrder(entries, async () => sink.mark(), TREE_WINDOW)) {
      // A file at the top is only held until something comes after it.
      if (held[0]?.type !== "directory") yield* held.splice(0);
      if (isRoot(entry)) {
        checkName(name ?? entry.path);
        roots.push(entry);
      }
      if (isRoot(entry) || held.length > 0) held.push(entry);
      else yield entry;
    }
  } finally {
    // The import is ahead of its consumer: it ends now, whatever it waits for.
    leaving.abort();
  }
  const added = roots.map((root) => rootOf(root, name));
  if (pin) await pinAll(added, { keeper, sink, signal });
  for (const root of added) onRootAdded(root);
  yield* held;
}

/**
 * All of them in the queue that the blocks are in, so that none becomes durable before those; not
 * cancelled any more once it has begun. A group at a time: more would wake each other up for room.
 */
async function pinAll(
  roots: readonly AddedRoot[],
  { keeper, sink, signal }: { keeper: PinKeeper; sink: PackSink; signal: AbortSignal | undefined },
): Promise<void> {
  throwIfAborted(signal);
  const pinnedAt = new Date();
  const check = () => sink.check();
  for (let at = 0; at < roots.length; at += GROUP_RECORDS) {
    const some = roots.slice(at, at + GROUP_RECORDS);
    await Promise.all(
      some.map(async (root) => keeper.keep({ ...root, kind: "recursive", pinnedAt }, { check })),
    );
  }
}

function rootOf({ cid, path, size, type, mediaType }: AddedEntry, name = path): AddedRoot {
  const known = type === "file" ? (mediaType ?? "application/octet-stream") : NODE_TYPES[type];
  return { cid, size, mediaType: known, name: name === "" ? undefined : name };
}
