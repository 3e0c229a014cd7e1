import { type AbortOptions, type CID, type ContentRepository, IpfsKitError } from "@ipfs-kit/core";

import type { Call, Reply } from "../command.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { linkTarget } from "../link-target.ts";

/** `cat?arg&offset&length`: the bytes of files, one after the other. */
export async function cat({ store, query, signal, args }: Call): Promise<Reply> {
  const offset = query.whole("offset") ?? 0;
  if (offset < 0) throw new IpfsKitError("invalid_request", "cannot specify negative offset");
  const length = query.whole("length") ?? Infinity;
  if (length < 0) throw new IpfsKitError("invalid_request", "cannot specify negative length");
  const pieces: Piece[] = [];
  let skip = offset;
  let left = length;
  for (const argument of await args("ipfs-path")) {
    if (left === 0) break;
    const file = await openFile(store, argument, { signal });
    const skipped = Math.min(skip, file.size);
    const taken = Math.min(left, file.size - skipped);
    skip -= skipped;
    left -= taken;
    if (taken > 0) pieces.push({ ...file, offset: skipped, length: taken });
  }
  return {
    bytes: readAll(store, pieces, { signal }),
    length: pieces.reduce((sum, piece) => sum + piece.length, 0),
  };
}

interface OpenFile {
  cid: CID;
  size: number;
  /** Of a symbolic link, which Kubo gives as a file. */
  target: Uint8Array | undefined;
}

interface Piece extends OpenFile {
  offset: number;
  length: number;
}

async function openFile(
  store: ContentRepository,
  argument: string,
  { signal }: AbortOptions,
): Promise<OpenFile> {
  const cid = await resolveToBlock(store.blocks, argument, { signal });
  const { type, size } = await store.stat(cid, { signal });
  if (type === "directory") {
    throw new IpfsKitError("not_a_file", "this dag node is a directory");
  }
  if (type === "file") return { cid, size, target: undefined };
  const target = Buffer.from(await linkTarget(store.blocks, cid, { signal }));
  return { cid, size: target.length, target };
}

async function* readAll(
  store: ContentRepository,
  pieces: readonly Piece[],
  { signal }: AbortOptions,
): AsyncGenerator<Uint8Array, void> {
  for (const { cid, target, offset, length } of pieces) {
    if (target === undefined) yield* store.read(cid, { offset, length, signal });
    else yield target.subarray(offset, offset + length);
  }
}
