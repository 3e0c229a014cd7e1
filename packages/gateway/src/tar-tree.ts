import {
  type AbortOptions,
  type BlockSource,
  type CID,
  IpfsKitError,
  LimitExceededError,
} from "@ipfs-kit/core";
import { decodeNode, listDirectory, readFile } from "@ipfs-kit/unixfs";

import {
  MAX_TAR_DEPTH,
  MAX_TAR_FOLDERS,
  MAX_TAR_REPEATED_FOLDERS,
  MAX_TAR_SYMLINKS,
} from "./defaults.ts";
import type { TarEntry } from "./write-tar.ts";

export interface TarTreeOptions extends AbortOptions {
  /** Name of the entry everything else is under. */
  name: string;
}

interface Open {
  path: string;
  entries: AsyncIterator<{ name: string; cid: CID }>;
}

/**
 * The entries of a UnixFS tree, folders before what is in them, so that a tar of them unpacks inside
 * its own top folder whatever strangers chose for names and links:
 *
 * - a name that leads out, also by `..` behind a backslash, and a NUL are refused;
 * - so is a link that points out: an absolute one, one with more `..` than folders above it, one with
 *   `..` behind a name, as that name may be a link itself;
 * - so is an entry in the place of a link or below it, in any spelling a file system takes for the same.
 *
 * @throws IpfsKitError `invalid_request` for these; `not_a_file`; LimitExceededError for a tree that is
 *   too deep, too wide, or would not end; whatever reading throws
 */
export async function* tarTree(
  blocks: BlockSource,
  root: CID,
  { name: rootName, signal }: TarTreeOptions,
): AsyncGenerator<TarEntry, void> {
  if (!isPlainName(rootName)) throw refused("its own name leads out of its folder");
  const links = new Set<string>();
  const open: Open[] = [];
  const folders = new FolderCount();
  let next: { path: string; cid: CID } | undefined = { path: rootName, cid: root };
  while (next !== undefined) {
    const { path, cid } = next;
    refuseThroughLink(links, path);
    const node = decodeNode(cid, await blocks.get(cid, { signal }));
    if (node.type === "directory") {
      if (open.length >= MAX_TAR_DEPTH) {
        throw new LimitExceededError(`A tar has at most ${MAX_TAR_DEPTH} folders within folders.`);
      }
      folders.add(cid);
      yield { path, type: "directory", size: 0 };
      const entries = listDirectory(blocks, cid, { signal })[Symbol.asyncIterator]();
      open.push({ path, entries });
    } else if (node.type === "symlink") {
      rememberLink(links, path, node.target);
      yield { path, type: "symlink", size: 0, target: node.target };
    } else {
      const content = readFile(blocks, cid, { signal });
      yield { path, type: "file", size: node.size, content };
    }
    next = await nextOf(open, rootName);
  }
}

/** Notices a tree that would never end. */
class FolderCount {
  readonly #seen = new Set<string>();
  #visits = 0;

  add(cid: CID): void {
    this.#visits += 1;
    this.#seen.add(cid.toString());
    const repeated = this.#visits - this.#seen.size;
    if (this.#visits > MAX_TAR_FOLDERS || repeated > MAX_TAR_REPEATED_FOLDERS) {
      throw new LimitExceededError(
        "The tree has more folders, or the same ones more often, than a tar.",
      );
    }
  }
}

/** The entry after this one: in the folder opened last that has another. */
async function nextOf(
  open: Open[],
  rootName: string,
): Promise<{ path: string; cid: CID } | undefined> {
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const item = await folder.entries.next();
    if (item.done !== true) {
      const { name, cid } = item.value;
      return { path: pathInside(rootName, folder.path, name), cid };
    }
    open.pop();
  }
  return undefined;
}

function isPlainName(name: string): boolean {
  return !["", ".", ".."].includes(name) && !/[\\/\0]/.test(name);
}

/** Where an entry belongs. Names with `/` and `..` in them are followed as far as they stay inside. */
function pathInside(rootName: string, folder: string, name: string): string {
  const parts = folder.split("/");
  const isBackslashTrick = name.includes("\\") && /(?:^|[\\/])\.\.(?:[\\/]|$)/.test(name);
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const isInside = parts.length > 1 && parts[0] === rootName;
  if (!isInside || isBackslashTrick || name.includes("\0") || parts.join("/") === folder) {
    throw refused("an entry's name leads out of its folder");
  }
  return parts.join("/");
}

function rememberLink(links: Set<string>, path: string, target: string): void {
  const depth = path.split("/").length - 2;
  const parts = target.split(/[\\/]/);
  const ups = parts.findIndex((part) => part !== "..");
  const leading = ups === -1 ? parts.length : ups;
  const isAbsolute = /^(?:[\\/]|[a-z]:)/i.test(target);
  const hidesUps = parts.slice(leading).includes("..");
  if (isAbsolute || hidesUps || leading > Math.max(0, depth) || target.includes("\0")) {
    throw refused("a link in it points out of it");
  }
  if (links.size >= MAX_TAR_SYMLINKS) {
    throw new LimitExceededError(`A tar has at most ${MAX_TAR_SYMLINKS} links.`);
  }
  links.add(placeOf(path));
}

function refuseThroughLink(links: ReadonlySet<string>, path: string): void {
  if (links.size === 0) return;
  const place = placeOf(path);
  for (let end = place.length; end > 0; end = place.lastIndexOf("/", end - 1)) {
    if (links.has(place.slice(0, end))) throw refused("an entry stands in the place of a link");
  }
}

/**
 * A path as a file system may compare it: without case (upper before lower, as some letters have two
 * small forms), without characters nobody sees, and without the dots and spaces Windows drops.
 */
function placeOf(path: string): string {
  return path
    .normalize("NFKC")
    .toUpperCase()
    .toLowerCase()
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll(/[. ]+(?=\/|$)/g, "");
}

function refused(why: string): IpfsKitError {
  return new IpfsKitError("invalid_request", `No tar is made of this tree: ${why}.`);
}
