import type { AddedEntry, AddResult, AddTreeOptions, TreeEntry } from "@ipfs-kit/core";
import { importTree } from "@ipfs-kit/unixfs";

import { throwPinError, type Upload, type Uploaded } from "./dag-upload.ts";
import { checkName } from "./kubo-pins.ts";

/** A root of a tree, as it is told of. */
interface TreeRoot extends AddResult {
  name: string | undefined;
}

interface Tree {
  /** The root last. */
  added: AddedEntry[];
  roots: TreeRoot[];
}

const OCTETS = "application/octet-stream";

/** Has Kubo take in a tree. What is told of each entry is held until Kubo has said that it has it all. */
export async function uploadTree(
  entries: AsyncIterable<TreeEntry>,
  { pin = true, name, ...settings }: AddTreeOptions,
  upload: Upload,
): Promise<Uploaded<Tree>> {
  const isRoot = ({ path }: AddedEntry) =>
    settings.wrap === true ? path === "" : !path.includes("/");
  const uploaded = await upload(async (sink, signal) => {
    const added: AddedEntry[] = [];
    const roots: TreeRoot[] = [];
    for await (const entry of importTree(sink, entries, { ...settings, signal })) {
      added.push(entry);
      if (!isRoot(entry)) continue;
      checkName(name ?? entry.path);
      roots.push(rootOf(entry, name));
    }
    return { result: { added, roots }, pin: pin ? roots : [] };
  });
  await throwPinError(uploaded);
  return uploaded;
}

function rootOf({ cid, path, size, type, mediaType }: AddedEntry, name = path): TreeRoot {
  // What file managers call the type of a folder and of a symbolic link.
  const known = type === "file" ? (mediaType ?? OCTETS) : `inode/${type}`;
  return { cid, size, mediaType: known, name: name === "" ? undefined : name };
}
