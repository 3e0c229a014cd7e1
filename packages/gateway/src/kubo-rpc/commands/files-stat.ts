import { DAG_PB, RAW } from "@ipfs-kit/core";
import { statNode } from "@ipfs-kit/unixfs";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { nodeLinks } from "../node-links.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { badArgument, notSupported, refused } from "../refusals.ts";

/** `files/stat?arg` for paths under `/ipfs/`: there is no mutable file system here. */
export async function filesStat(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const path = await oneArgument(call, "path");
  if (!path.startsWith("/")) throw badArgument("arg", "paths must start with a leading slash");
  if (!path.startsWith("/ipfs/")) {
    throw notSupported("There is no mutable file system here: only paths under /ipfs/.");
  }
  if (query.flag("with-local", false)) throw notSupported("with-local=true is not supported.");
  const cid = await resolveToBlock(store.blocks, path, { signal });
  if (cid.code !== RAW && cid.code !== DAG_PB) throw refused("not unixfs node (proto or raw)");
  const block = await store.blocks.get(cid, { signal });
  const links = nodeLinks(cid, block);
  const { type, size } = await statNode(store.blocks, cid, { signal });
  return {
    value: {
      Hash: cidWriter(query)(cid),
      Size: type === "directory" ? 0 : size,
      CumulativeSize: links.reduce((sum, { dagSize }) => sum + dagSize, block.length),
      Blocks: links.length,
      Type: type === "directory" ? "directory" : "file",
      ...(type === "symlink" ? { Mode: SYMLINK_MODE } : {}),
    },
  };
}

/** Go's bit for "symbolic link" and rwxrwxrwx, in octal. */
const SYMLINK_MODE = "1000000777";
