import { createReadStream } from "node:fs";
import { lstat, opendir, readlink, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { IpfsKitError, NotFoundError, type TreeEntry } from "@ipfs-kit/core";

/** Bytes read from a file at a time. */
const READ_BYTES = 256 * 1024;

export interface LocalTreeOptions {
  /** Takes names that begin with a dot as well, below the paths that were named. */
  hidden: boolean;
  onBytes: (bytes: number, path: string) => void;
}

/** What lies at the paths: files, and folders with all that is in them, links as links. */
export async function* localTree(
  paths: readonly string[],
  options: LocalTreeOptions,
): AsyncGenerator<TreeEntry, void> {
  for (const path of paths) {
    yield* entriesAt(path, basename(resolve(path)) || "root", options, true);
  }
}

/** Bytes of all files at the paths; `undefined` when that cannot be told beforehand. */
export async function localSize(
  paths: readonly string[],
  { hidden }: Pick<LocalTreeOptions, "hidden">,
): Promise<number> {
  let size = 0;
  for await (const { path } of filesBelow(paths, hidden)) size += (await stat(path)).size;
  return size;
}

async function* filesBelow(
  paths: readonly string[],
  hidden: boolean,
): AsyncGenerator<{ path: string }, void> {
  for (const path of paths) {
    const found = await look(path);
    if (found.isFile()) yield { path };
    if (found.isDirectory()) yield* filesBelow(await namesIn(path, hidden), hidden);
  }
}

async function* entriesAt(
  place: string,
  path: string,
  options: LocalTreeOptions,
  isNamed: boolean,
): AsyncGenerator<TreeEntry, void> {
  // A link that was named stands for what it leads to; one that was found is a link.
  const found = isNamed ? await look(place, stat) : await look(place);
  if (found.isDirectory()) {
    yield { path };
    for (const below of await namesIn(place, options.hidden)) {
      yield* entriesAt(below, `${path}/${basename(below)}`, options, false);
    }
  } else if (found.isSymbolicLink()) {
    yield { path, content: { symlink: await readlink(place) } };
  } else if (found.isFile()) {
    yield { path, content: bytesOf(place, path, options) };
  } else {
    throw new IpfsKitError("not_supported", `${place} is neither a file nor a folder nor a link.`);
  }
}

async function* bytesOf(
  place: string,
  path: string,
  { onBytes }: LocalTreeOptions,
): AsyncGenerator<Uint8Array, void> {
  const source: AsyncIterable<Uint8Array> = createReadStream(place, { highWaterMark: READ_BYTES });
  for await (const chunk of source) {
    yield chunk;
    onBytes(chunk.length, path);
  }
}

async function namesIn(folder: string, hidden: boolean): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder)) {
    if (hidden || !name.startsWith(".")) names.push(name);
  }
  return names.toSorted().map((name) => join(folder, name));
}

async function look(path: string, how: typeof stat = lstat) {
  try {
    return await how(path);
  } catch (error) {
    throw new NotFoundError(`There is no ${path} here.`, { cause: error });
  }
}
