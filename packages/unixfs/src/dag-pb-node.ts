import { decode } from "@ipld/dag-pb";
import { CID } from "@ipfs-kit/core";

import { MAX_CID_BYTES, MAX_LINKS } from "./defaults.ts";
import { malformed } from "./node-errors.ts";

/** A link of a dag-pb block. */
export interface NamedLink {
  /** Empty where there is none. */
  name: string;
  cid: CID;
  /** Bytes of all blocks under it, as the link states it (`Tsize`). */
  dagSize: number;
}

export interface DagPbNode {
  /** The UnixFS message, or whatever else the maker put there. */
  data?: Uint8Array | undefined;
  links: NamedLink[];
}

/** @throws IntegrityError when it is no dag-pb, or has more links than allowed */
export function decodeDagPb(cid: CID, block: Uint8Array): DagPbNode {
  if (countLinks(block) > MAX_LINKS) throw malformed(cid, `it has more than ${MAX_LINKS} links`);
  try {
    const { Data, Links } = decode(block);
    const links = Links.map(({ Name = "", Hash, Tsize = 0 }) => ({
      name: Name,
      cid: ownCid(Hash.bytes),
      dagSize: Tsize,
    }));
    return { data: Data, links };
  } catch (error) {
    throw malformed(cid, "it cannot be decoded", error);
  }
}

/** A copy: a CID that is part of a block would keep the whole block in memory. */
export function ownCid(bytes: Uint8Array): CID {
  if (bytes.length > MAX_CID_BYTES) {
    throw new RangeError(`A CID in it is longer than ${MAX_CID_BYTES} bytes.`);
  }
  return CID.decode(bytes.slice());
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
