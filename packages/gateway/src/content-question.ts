import type { CID, ReadOptions } from "@ipfs-kit/core";

import type { ContentPath } from "./content-path.ts";
import type { ContentTypes } from "./content-types.ts";
import type { Negotiated } from "./negotiate.ts";
import type { RequestBlocks } from "./request-blocks.ts";
import type { Target } from "./resolve-content-path.ts";

/** A request for content, as it came in. */
export interface ContentRequest {
  method: "GET" | "HEAD";
  url: URL;
  headers: Pick<Headers, "get">;
  blocks: RequestBlocks;
  /** The bytes of a file, verified and pulled. */
  readFile: (cid: CID, options: ReadOptions) => AsyncIterable<Uint8Array>;
  /** The same items; until they end nothing under the root is collected as garbage. */
  keptWhileRead: (root: CID, items: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** Fires when the request is given up. */
  signal: AbortSignal;
  types: ContentTypes;
  maxListedEntries: number;
}

/** The same, once it is known what is asked for and in what form. */
export interface ContentQuestion extends ContentRequest {
  path: ContentPath;
  negotiated: Negotiated;
  target: Target;
  /** The root block of the target. */
  block: Uint8Array;
  /** In every answer about this content. */
  common: Record<string, string>;
}
