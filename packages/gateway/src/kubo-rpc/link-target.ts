import { type AbortOptions, type BlockSource, type CID, IpfsKitError } from "@ipfs-kit/core";
import { decodeNode } from "@ipfs-kit/unixfs";

/** Where a symbolic link points; text from a stranger. @throws IpfsKitError `not_a_file` for anything else */
export async function linkTarget(
  blocks: BlockSource,
  cid: CID,
  options: AbortOptions,
): Promise<string> {
  const node = decodeNode(cid, await blocks.get(cid, options));
  if (node.type === "symlink") return node.target;
  throw new IpfsKitError("not_a_file", `${cid.toString()} is no symbolic link.`);
}
