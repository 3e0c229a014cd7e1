import { CID } from "@ipfs-kit/core";

/** An entry of a folder being written. */
export interface FolderEntry {
  name: string;
  /** The bytes of its CID, a character each: a folder may have very many entries. */
  cid: string;
  dagSize: number;
}

export interface WrittenNode {
  cid: CID;
  /** Bytes of its block and of all under it. */
  dagSize: number;
}

/** The dag-pb link to an entry. */
export function linkTo(Name: string, cid: string, Tsize: number) {
  return { Name, Hash: CID.decode(Buffer.from(cid, "latin1")), Tsize };
}
