import { type CID, DAG_PB, IpfsKitError, RAW } from "@ipfs-kit/core";

import { cborTokens } from "./cbor-tokens.ts";
import { decodeDagPb } from "./dag-pb-node.ts";
import type { DataToken } from "./data-token.ts";
import { MAX_LINKS } from "./defaults.ts";
import { jsonTokens } from "./json-tokens.ts";
import { malformed, shown } from "./node-errors.ts";

const DAG_CBOR = 0x71;
const DAG_JSON = 0x01_29;
/** Plain CBOR, plain JSON and keys of libp2p: they have no way to write a link. */
const LINKLESS: ReadonlySet<number> = new Set([RAW, 0x51, 0x02_00, 0x72]);

/** Whether a block of this codec can have links at all. */
export function mayHaveLinks({ code }: CID): boolean {
  return !LINKLESS.has(code);
}

/**
 * Every block a block links to, whatever it is part of, in the order it has them, those it has twice
 * as well. The CIDs are copies, and keep nothing of the block in memory.
 *
 * @throws IntegrityError when the block is not what its codec says, or has more links than allowed;
 *   IpfsKitError `not_supported` for a codec other than raw, dag-pb, dag-cbor and dag-json that may
 *   have links: such a block can be kept and handed out, what is under it cannot be known
 */
export function linksOf(cid: CID, block: Uint8Array): CID[] {
  if (!mayHaveLinks(cid)) return [];
  if (cid.code === DAG_PB) return decodeDagPb(cid, block).links.map((link) => link.cid);
  const links: CID[] = [];
  for (const token of tokensOf(cid, block)) {
    if (token.kind !== "link") continue;
    if (links.length >= MAX_LINKS) throw malformed(cid, `it has more than ${MAX_LINKS} links`);
    links.push(token.cid);
  }
  return links;
}

/** The values of a dag-cbor or dag-json block. @throws as {@link linksOf}, while they are pulled */
export function* tokensOf(cid: CID, block: Uint8Array): Generator<DataToken, void> {
  const tokens = { [DAG_CBOR]: cborTokens, [DAG_JSON]: jsonTokens }[cid.code];
  if (tokens === undefined) {
    const message = `${shown(cid)} has codec 0x${cid.code.toString(16)}, whose links cannot be read.`;
    throw new IpfsKitError("not_supported", message, { details: { cid: shown(cid) } });
  }
  try {
    yield* tokens(block);
  } catch (error) {
    throw malformed(cid, "it cannot be decoded", error);
  }
}
