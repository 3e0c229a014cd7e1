import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

import { keptWhileRead } from "../../kept-while-read.ts";
import { tarTree } from "../../tar-tree.ts";
import { writeTar } from "../../write-tar.ts";
import { cleanNames } from "../clean-names.ts";
import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import type { Query } from "../query.ts";
import { refused } from "../refusals.ts";

/**
 * `get?arg&archive&compress&compression-level`: a tree as a tar, under the name its path ends in; of
 * one file, when it is to be compressed and not archived, the compressed bytes.
 */
export async function get(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const level = readLevel(query);
  const archive = query.flag("archive", false);
  const path = await oneArgument(call, "ipfs-path");
  const cid = await resolveToBlock(store.blocks, path, { signal });
  const { type, size } = await store.stat(cid, { signal });
  if (level !== undefined && !archive) {
    if (type !== "file") throw refused("file is not regular");
    return { bytes: gzipped(store.read(cid, { signal }), level), length: size };
  }
  const name = cleanNames(path).at(-1) ?? cid.toString();
  const modifiedAt = Math.floor(Date.now() / 1000);
  const entries = tarTree(store.blocks, cid, { name, signal });
  const tar = keptWhileRead(store, cid, writeTar(entries, { folderSlash: false, modifiedAt }));
  return { bytes: level === undefined ? tar : gzipped(tar, level), length: size };
}

/** Kubo's and zlib's middle. */
const DEFAULT_LEVEL = 6;

function readLevel(query: Query): number | undefined {
  const level = query.whole("compression-level") ?? DEFAULT_LEVEL;
  if (!query.flag("compress", false)) return undefined;
  if (level >= 1 && level <= 9) return level;
  throw refused("compression level must be between 1 and 9");
}

async function* gzipped(
  source: AsyncIterable<Uint8Array>,
  level: number,
): AsyncGenerator<Uint8Array, void> {
  const gzip = createGzip({ level });
  // A failure of the source comes out of the compressed end as well.
  pipeline(Readable.from(source, { objectMode: false }), gzip).catch(() => {});
  try {
    yield* gzip;
  } finally {
    gzip.destroy();
  }
}
