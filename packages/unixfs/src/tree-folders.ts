import {
  type AbortOptions,
  type AddedEntry,
  LimitExceededError,
  throwIfAborted,
} from "@ipfs-kit/core";

import type { BlockSink } from "./block-sink.ts";
import { MAX_TREE_ENTRIES } from "./defaults.ts";
import { writeDirectory } from "./directory-writer.ts";
import type { FolderEntry } from "./folder-entry.ts";
import type { ImportParameters } from "./import-settings.ts";
import { badPath, namesOf } from "./tree-path.ts";

/** An entry that is written: as little as can be, for there may be very many. */
interface Leaf {
  /** The bytes of its CID, a character each; empty until it is written. */
  cid: string;
  size: number;
  dagSize: number;
}

interface Folder {
  children: Map<string, Folder | Leaf>;
  /** It has an entry of its own, and may not have another. */
  isGiven: boolean;
}

/** Where folders go, and how. */
export interface FolderWriter extends AbortOptions {
  sink: BlockSink;
  parameters: ImportParameters;
}

/** The folders of a tree being added, until they can be written. */
export class TreeFolders {
  readonly #top: Folder = { children: new Map(), isGiven: true };
  readonly #maxEntries: number;
  #entries = 0;

  constructor(maxEntries = MAX_TREE_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  /** Notes a folder. @throws as {@link addLeaf} */
  addFolder(path: string): void {
    const folder = this.#folderAt(path, namesOf(path));
    if (folder.isGiven) throw badPath(path, "it is given twice");
    folder.isGiven = true;
  }

  /**
   * Takes the place of a file or link; what is returned notes what it became.
   *
   * @throws IpfsKitError `invalid_request` for a path that is not allowed or taken, `limit_exceeded`
   */
  addLeaf(path: string): (added: AddedEntry) => void {
    const parents = namesOf(path);
    const name = parents.pop() ?? "";
    const { children } = this.#folderAt(path, parents);
    const taken = children.get(name);
    if (taken !== undefined) {
      throw badPath(path, isFolder(taken) ? "it is a folder" : "it is given twice");
    }
    this.#count();
    const leaf: Leaf = { cid: "", size: 0, dagSize: 0 };
    children.set(name, leaf);
    return (added) => Object.assign(leaf, leafOf(added));
  }

  /** Writes the folders, inner ones first; with `wrap` also the one around everything, last. */
  async *write(
    writer: FolderWriter,
    { wrap }: { wrap: boolean },
  ): AsyncGenerator<AddedEntry, void> {
    if (wrap) {
      yield* writeFolder(writer, "", this.#top);
      return;
    }
    for (const [name, child] of this.#top.children) {
      if (isFolder(child)) yield* writeFolder(writer, name, child);
    }
  }

  #folderAt(path: string, names: readonly string[]): Folder {
    let folder = this.#top;
    for (const name of names) {
      let child = folder.children.get(name);
      if (child === undefined) {
        this.#count();
        child = { children: new Map(), isGiven: false };
        folder.children.set(name, child);
      }
      if (!isFolder(child)) throw badPath(path, `${JSON.stringify(name)} in it is no folder`);
      folder = child;
    }
    return folder;
  }

  #count(): void {
    this.#entries += 1;
    if (this.#entries <= this.#maxEntries) return;
    throw new LimitExceededError(`A tree has at most ${this.#maxEntries} files and folders.`);
  }
}

async function* writeFolder(
  writer: FolderWriter,
  path: string,
  folder: Folder,
): AsyncGenerator<AddedEntry, AddedEntry> {
  const children: FolderEntry[] = [];
  let total = 0;
  for (const [name, child] of folder.children) {
    const { cid, size, dagSize } = isFolder(child)
      ? leafOf(yield* writeFolder(writer, path === "" ? name : `${path}/${name}`, child))
      : child;
    children.push({ name, cid, dagSize });
    total += size;
  }
  // They are in the list now, and would be here until the whole tree is written.
  folder.children.clear();
  throwIfAborted(writer.signal);
  const written = await writeDirectory(writer.sink, children, writer.parameters);
  const entry: AddedEntry = { path, type: "directory", size: total, ...written };
  yield entry;
  return entry;
}

function isFolder(child: Folder | Leaf): child is Folder {
  return "children" in child;
}

/** The text of a symbolic link is no file: folders do not count it. */
function leafOf({ cid, type, size, dagSize }: AddedEntry): Leaf {
  const text = Buffer.from(cid.bytes).toString("latin1");
  return { cid: text, size: type === "symlink" ? 0 : size, dagSize };
}
