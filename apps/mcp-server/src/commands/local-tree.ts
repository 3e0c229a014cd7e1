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

/** Bytes of all files at the paths, as far as they can be looked at. */
export async function localSize(
  paths: readonly string[],
  { hidden }: Pick<LocalTreeOptions, "hidden">,
): Promise<number> {
  let size = 0;
  // What is gone meanwhile, or cannot be read, is told when it is its turn.
  for await (const path of filesBelow(paths, hidden, stat)) {
    size += await stat(path).then(
      (found) => found.size,
      () => 0,
    );
  }
  return size;
}

async function* filesBelow(
  paths: readonly string[],
  hidden: boolean,
  how: typeof stat,
): AsyncGenerator<string, void> {
  for (const path of paths) {
    const found = await how(path).catch(() => undefined);
    if (found?.isFile() === true) yield path;
    if (found?.isDirectory() !== true) continue;
    const below = await namesIn(path, hidden).catch(() => []);
    yield* filesBelow(below, hidden, lstat);
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
    const symlink = await readable(place, async () => readlink(place));
    yield { path, content: { symlink } };
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
  const chunks = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await readable(place, async () => chunks.next());
      if (done === true) return;
      yield value;
      onBytes(value.length, path);
    }
  } finally {
    await chunks.return?.();
  }
}

async function namesIn(folder: string, hidden: boolean): Promise<string[]> {
  const names: string[] = [];
  await readable(folder, async () => {
    for await (const { name } of await opendir(folder)) {
      if (hidden || !name.startsWith(".")) names.push(name);
    }
  });
  return names.toSorted().map((name) => join(folder, name));
}

async function look(path: string, how: typeof stat = lstat) {
  return readable(path, async () => how(path));
}

/** @throws NotFoundError; IpfsKitError `unavailable` naming the place and the reason */
async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new NotFoundError(`There is no ${path} here.`, { cause });
    }
    throw new IpfsKitError("unavailable", `${path} cannot be read: ${code}.`, { cause });
  }
}
