import { type ImportProfile, type ImportSettings, IpfsKitError } from "@ipfs-kit/core";

import { CHUNK_BYTES, LINKS_PER_NODE, MAX_CHUNK_BYTES } from "./defaults.ts";

/** Everything that decides which CID a file or folder gets. */
export interface ImportParameters {
  /** Of dag-pb blocks. Raw leaves always have version 1: version 0 cannot name them. */
  cidVersion: 0 | 1;
  /** Leaves are the bytes of the file as they are, not a dag-pb block around them. */
  rawLeaves: boolean;
  chunkBytes: number;
  /** Links of an inner node of a file. */
  linksPerNode: number;
  /**
   * What of a folder is compared with the limit above which it is sharded: its whole block, or only
   * the names and CIDs in it.
   */
  folderSize: "block" | "links";
}

/** As IPIP-499 has them. */
const PROFILES: Readonly<Record<ImportProfile, ImportParameters>> = {
  "unixfs-v1-2025": {
    cidVersion: 1,
    rawLeaves: true,
    chunkBytes: CHUNK_BYTES,
    linksPerNode: LINKS_PER_NODE,
    folderSize: "block",
  },
  "unixfs-v0-2015": {
    cidVersion: 0,
    rawLeaves: false,
    chunkBytes: 256 * 1024,
    linksPerNode: 174,
    folderSize: "links",
  },
};

/**
 * Settings with everything filled in. As with Kubo, a CID version that is asked for brings its leaves
 * along unless those are asked for too: raw ones with version 1, dag-pb ones with version 0.
 *
 * @throws IpfsKitError `invalid_request` for what is not among the documented values
 */
export function importParameters({
  profile = "unixfs-v1-2025",
  cidVersion,
  rawLeaves,
  chunkBytes,
}: ImportSettings = {}): ImportParameters {
  if (!Object.hasOwn(PROFILES, profile)) {
    throw invalid(`The import profile is one of ${Object.keys(PROFILES).join(", ")}.`);
  }
  if (cidVersion !== undefined && cidVersion !== 0 && cidVersion !== 1) {
    throw invalid("The CID version is 0 or 1.");
  }
  if (rawLeaves !== undefined && typeof rawLeaves !== "boolean") {
    throw invalid("Raw leaves are true or false.");
  }
  const base = PROFILES[profile];
  const parameters = {
    ...base,
    cidVersion: cidVersion ?? base.cidVersion,
    rawLeaves: rawLeaves ?? (cidVersion === undefined ? base.rawLeaves : cidVersion === 1),
    chunkBytes: chunkBytes ?? base.chunkBytes,
  };
  if (isChunkSize(parameters.chunkBytes)) return parameters;
  throw invalid(`A chunk has from 1 to ${MAX_CHUNK_BYTES} bytes.`);
}

function isChunkSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 1 && bytes <= MAX_CHUNK_BYTES;
}

function invalid(message: string): IpfsKitError {
  return new IpfsKitError("invalid_request", message);
}
