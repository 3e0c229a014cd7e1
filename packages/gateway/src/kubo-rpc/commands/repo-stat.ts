import type { Call, Reply } from "../command.ts";

/** Our layout on disk, not one of Kubo's. */
const LAYOUT = "ipfs-kit@1";
/** "No limit": the largest number JSON carries unharmed (8 PiB). */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** `repo/stat?size-only`. */
export async function repoStat({ store, query, signal }: Call): Promise<Reply> {
  const { bytes, blocks, maxBytes, location } = await store.stats({ signal });
  const sizes = { RepoSize: bytes, StorageMax: maxBytes ?? UNLIMITED };
  if (query.flag("size-only", false)) {
    return { value: { ...sizes, NumObjects: 0, RepoPath: "", Version: "" } };
  }
  return { value: { ...sizes, NumObjects: blocks ?? 0, RepoPath: location, Version: LAYOUT } };
}
