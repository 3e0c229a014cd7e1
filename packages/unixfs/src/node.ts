import { type CID, DAG_PB, RAW } from "@ipfs-kit/core";

import { decodeDagPb, type NamedLink } from "./dag-pb-node.ts";
import { type DecodedUnixfs, decodeUnixfs } from "./decode-unixfs.ts";
import { MAX_SYMLINK_BYTES } from "./defaults.ts";
import { decodeShard, type Shard } from "./hamt-shard.ts";
import { malformed, notAFile } from "./node-errors.ts";

/** Part of a file: a link, and the bytes of the file that the parent says are under it. */
interface Child {
  cid: CID;
  size: number;
}

export interface FileNode {
  type: "file";
  /** Bytes of the file that stand in this node, before those of its children. */
  data: Uint8Array;
  children: Child[];
  /** Bytes of the file under this node: counted, never the size it declares. */
  size: number;
}

export interface DirectoryNode {
  type: "directory";
  /** Sum over its entries, as their links state it. */
  size: number;
  /** The links as they are; of a shard, their names begin with their slot. */
  links: NamedLink[];
  /** When this is a block of a sharded folder. */
  shard?: Shard | undefined;
}

export interface SymlinkNode {
  type: "symlink";
  /** Where it points: text from a stranger. */
  target: string;
  /** Bytes of that text. */
  size: number;
}

export type UnixfsNode = FileNode | DirectoryNode | SymlinkNode;

/**
 * What a block says it is.
 *
 * @throws IntegrityError when its parts contradict each other or exceed a limit; IpfsKitError
 *   `not_a_file` when it is well formed, but neither a file nor a folder nor a symbolic link
 */
export function decodeNode(cid: CID, block: Uint8Array): UnixfsNode {
  if (cid.code === RAW) return { type: "file", data: block, children: [], size: block.length };
  if (cid.code !== DAG_PB) throw notAFile(cid, `it has codec 0x${cid.code.toString(16)}`);
  const { data, links } = decodeDagPb(cid, block);
  const unixfs = unixfsIn(cid, data, links.length);
  const { type } = unixfs;
  if (type === "metadata") throw notAFile(cid, "it is UnixFS metadata");
  if (type === "symlink") return symlinkNode(cid, unixfs, links);
  if (type === "file" || type === "raw") return fileNode(cid, unixfs, links);
  const shard = type === "shard" ? decodeShard(cid, unixfs, links) : undefined;
  return { type: "directory", size: dagSizeOf(cid, links), links, shard };
}

function unixfsIn(cid: CID, data: Uint8Array | undefined, links: number): DecodedUnixfs {
  if (data === undefined) throw notAFile(cid, "it has no UnixFS data");
  try {
    return decodeUnixfs(data, links);
  } catch (error) {
    throw notAFile(cid, "its data is no UnixFS", error);
  }
}

function fileNode(
  cid: CID,
  { data, blockSizes, fileSize }: DecodedUnixfs,
  links: readonly NamedLink[],
): FileNode {
  if (blockSizes.length !== links.length) throw malformed(cid, "it does not state a size per link");
  // Without this, a tree of empty parts could be walked for ever without giving a byte.
  if (blockSizes.includes(0)) throw malformed(cid, "it links to a part without bytes");
  const children = links.map((link, index) => ({ cid: link.cid, size: blockSizes[index] ?? 0 }));
  const size = sumOf(cid, [data.length, ...blockSizes]);
  if (fileSize !== undefined && fileSize !== size) {
    throw malformed(cid, `it says it has ${fileSize} bytes, and its parts have ${size}`);
  }
  return { type: "file", data, children, size };
}

function symlinkNode(cid: CID, { data }: DecodedUnixfs, links: readonly NamedLink[]): SymlinkNode {
  if (links.length > 0) throw malformed(cid, "it is a symbolic link and has parts");
  if (data.length > MAX_SYMLINK_BYTES) {
    throw malformed(cid, `it points by more than ${MAX_SYMLINK_BYTES} bytes`);
  }
  return { type: "symlink", target: new TextDecoder().decode(data), size: data.length };
}

function dagSizeOf(cid: CID, links: readonly NamedLink[]): number {
  return sumOf(
    cid,
    links.map(({ dagSize }) => dagSize),
  );
}

function sumOf(cid: CID, sizes: readonly number[]): number {
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (!Number.isSafeInteger(sum) || sum < 0) throw malformed(cid, "it states an absurd size");
  return sum;
}
