import { decode } from "@ipld/dag-pb";
import { type CID, DAG_PB } from "@ipfs-kit/core";
import { linksOf } from "@ipfs-kit/unixfs";

export interface NodeLink {
  /** Empty where the node gives none. */
  name: string;
  cid: CID;
  /** Bytes of all blocks under the link, as the node states it. */
  dagSize: number;
}

/** The links of a block with their names. @throws IntegrityError as `linksOf`, which also bounds them */
export function nodeLinks(cid: CID, block: Uint8Array): NodeLink[] {
  const cids = linksOf(cid, block);
  if (cid.code !== DAG_PB) return cids.map((link) => ({ name: "", cid: link, dagSize: 0 }));
  return decode(block).Links.map(({ Name = "", Tsize = 0 }, index) => ({
    name: Name,
    cid: cids[index] ?? cid,
    dagSize: Tsize,
  }));
}
