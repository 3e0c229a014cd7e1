import { type BlockSource, type CID, NotFoundError, parseCid } from "@ipfs-kit/core";

/** What a person named: a root, and a way down from it. */
export interface Target {
  root: CID;
  path: string[];
  /** The last name of the path, or the CID. */
  name: string;
}

/**
 * Reads `bafy…`, `bafy…/a/b`, `/ipfs/bafy…/a` and `ipfs://bafy…/a`. Names are taken as they are,
 * nothing is unescaped.
 *
 * @throws IpfsKitError `invalid_cid`
 */
export function parseTarget(text: string): Target {
  const [first = "", ...rest] = text.replace(/^(?:ipfs:\/\/|\/ipfs\/)/, "").split("/");
  const path = rest.filter((name) => name !== "");
  return { root: parseCid(first), path, name: path.at(-1) ?? first };
}

/** The CID a target leads to. @throws NotFoundError */
export async function resolveTarget(
  blocks: BlockSource,
  { root, path }: Target,
  signal: AbortSignal,
): Promise<CID> {
  // Much to load, and only the commands that read content need it.
  const { resolvePath } = await import("@ipfs-kit/unixfs");
  const { cid, remainder } = await resolvePath(blocks, root, path, { signal });
  if (remainder.length === 0) return cid;
  throw new NotFoundError(`${remainder.join("/")} is inside a data block, not a file or folder.`);
}
