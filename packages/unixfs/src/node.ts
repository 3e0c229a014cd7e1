import { decode } from "@ipld/dag-pb";
import { CID, DAG_PB, IntegrityError, IpfsKitError, RAW } from "@ipfs-kit/core";
import { UnixFS } from "ipfs-unixfs";

import { MAX_LINKS } from "./defaults.ts";

/** Part of a file: a link, and the bytes of the file that the parent says are under it. */
export interface Child {
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
}

const NO_BYTES = new Uint8Array(0);

/**
 * What a block says it is.
 *
 * @throws IntegrityError when its parts contradict each other or exceed a limit; IpfsKitError
 *   `not_a_file` when it is well formed, but neither a file nor a folder
 */
export function decodeNode(cid: CID, block: Uint8Array): FileNode | DirectoryNode {
  if (cid.code === RAW) return { type: "file", data: block, children: [], size: block.length };
  if (cid.code !== DAG_PB) throw notAFile(cid, `it has codec 0x${cid.code.toString(16)}`);
  const { unixfs, links } = parse(cid, block);
  switch (unixfs.type) {
    case "file":
    case "raw": {
      return fileNode(cid, unixfs, links);
    }
    case "directory":
    case "hamt-sharded-directory": {
      return {
        type: "directory",
        size: sumOf(
          cid,
          links.map(({ size }) => size),
        ),
      };
    }
    default: {
      throw notAFile(cid, `it is a UnixFS ${unixfs.type}`);
    }
  }
}

/** Every block a block links to, whatever it is part of. @throws IntegrityError as {@link decodeNode} */
export function linksOf(cid: CID, block: Uint8Array): CID[] {
  if (cid.code !== DAG_PB) return [];
  return parse(cid, block).links.map((link) => link.cid);
}

function parse(cid: CID, block: Uint8Array): { unixfs: UnixFS; links: Child[] } {
  if (countLinks(block) > MAX_LINKS) throw malformed(cid, `it has more than ${MAX_LINKS} links`);
  try {
    const { Data, Links } = decode(block);
    if (Data === undefined) throw new TypeError("no UnixFS data");
    const links = Links.map(({ Hash, Tsize }) => ({
      // A copy: the link of a decoded node would keep the whole block in memory.
      cid: CID.decode(Hash.bytes.slice()),
      size: Tsize ?? 0,
    }));
    return { unixfs: UnixFS.unmarshal(Data), links };
  } catch (error) {
    throw malformed(cid, "it cannot be decoded", error);
  }
}

function fileNode(cid: CID, unixfs: UnixFS, links: readonly Child[]): FileNode {
  const data = unixfs.data ?? NO_BYTES;
  const sizes = unixfs.blockSizes.map(Number);
  if (sizes.length !== links.length) throw malformed(cid, "it does not state a size per link");
  // Without this, a tree of empty parts could be walked for ever without giving a byte.
  if (sizes.includes(0)) throw malformed(cid, "it links to a part without bytes");
  const children = links.map((link, index) => ({ cid: link.cid, size: sizes[index] ?? 0 }));
  return { type: "file", data, children, size: sumOf(cid, [data.length, ...sizes]) };
}

function sumOf(cid: CID, sizes: readonly number[]): number {
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (!Number.isSafeInteger(sum) || sum < 0) throw malformed(cid, "it states an absurd size");
  return sum;
}

/** Counts the links before they are decoded, which takes a hundred times their bytes in memory. */
function countLinks(block: Uint8Array): number {
  const LINK = 0x12;
  const DATA = 0x0a;
  let links = 0;
  let position = 0;
  while (position < block.length) {
    const tag = block[position];
    // Anything else is no dag-pb, and the decoder will say so at this very place.
    if (tag !== LINK && tag !== DATA) break;
    if (tag === LINK) links += 1;
    let length = 0;
    let scale = 1;
    let byte: number;
    do {
      position += 1;
      byte = block[position] ?? 0;
      length += (byte % 0x80) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    position += 1 + length;
  }
  return links;
}

export function notAFile(cid: CID, why: string): IpfsKitError {
  return new IpfsKitError("not_a_file", `${cid.toString()} is not a file: ${why}.`, {
    details: { cid: cid.toString() },
  });
}

export function malformed(cid: CID, why: string, cause?: unknown): IntegrityError {
  return new IntegrityError(`${cid.toString()} is not usable: ${why}.`, {
    cause,
    details: { cid: cid.toString() },
  });
}
