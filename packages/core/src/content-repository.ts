import type { AbortOptions } from "./abort.ts";
import type { Blocks } from "./blocks.ts";
import type { CID } from "./cid.ts";
import type { AddResult, ContentStore, Pin, PinKind } from "./content.ts";
import type { Emitter } from "./events.ts";

/**
 * How a file or folder becomes a DAG (IPIP-499). `unixfs-v1-2025`: CIDv1, raw leaves of 1 MiB, 1024
 * links to a node. `unixfs-v0-2015`: CIDv0, dag-pb leaves of 256 KiB, 174 links.
 */
export type ImportProfile = "unixfs-v1-2025" | "unixfs-v0-2015";

/** A profile, and what shall differ from it. The same settings give the same CIDs in every store. */
export interface ImportSettings {
  /** @default "unixfs-v1-2025" */
  profile?: ImportProfile | undefined;
  cidVersion?: 0 | 1 | undefined;
  rawLeaves?: boolean | undefined;
  /** Bytes of a leaf, 1 to 2 MiB less 64 KiB. */
  chunkBytes?: number | undefined;
}

/** One entry of a tree to add. Folders between the root and an entry need no entry of their own. */
export interface TreeEntry {
  /** Relative, `/` between names, no empty, `.` or `..` part: `"site/css/main.css"`. */
  path: string;
  /** The bytes of a file, or where a link points; absent for a folder. */
  content?: AsyncIterable<Uint8Array> | { symlink: string } | undefined;
}

export interface AddTreeOptions extends AbortOptions, ImportSettings {
  /** Puts everything under one folder without a name, which is then the root. @default false */
  wrap?: boolean | undefined;
  /** Pins the root or, when several entries stand at the top, each of them. @default true */
  pin?: boolean | undefined;
  /** Kept beside the pin. @default the name of the root */
  name?: string | undefined;
  /** Names the CIDs, keeps nothing. @default false */
  onlyHash?: boolean | undefined;
  /** Called with the bytes of one file taken in so far. */
  onProgress?: ((path: string, bytes: number) => void) | undefined;
}

/** What became of one entry. */
export interface AddedEntry {
  /** As it was given; of a wrapping folder the empty text. */
  path: string;
  cid: CID;
  type: "file" | "directory" | "symlink";
  /** Bytes of the file; of a folder, of all files in it. */
  size: number;
  /** Bytes of all blocks of its DAG as its links count them: Kubo's `Size`. */
  dagSize: number;
  /** Of files. */
  mediaType?: string | undefined;
}

export interface ImportCarOptions extends AbortOptions {
  /** Pins the roots the archive names, once all of each is here. @default true */
  pin?: boolean | undefined;
}

export interface ImportedCar {
  roots: {
    cid: CID;
    /** Why it was not pinned, e.g. `not_found` when the archive lacks a part of it. */
    pinError?: unknown;
  }[];
  blocks: number;
  bytes: number;
}

export interface RepositoryStats {
  /** Blocks held; absent when the store cannot tell without counting them. */
  blocks?: number | undefined;
  /** Bytes on disk. */
  bytes: number;
  /** The quota in bytes; absent when there is none. */
  maxBytes?: number | undefined;
  /** Where it is, as a person would say it: a folder, an address. */
  location: string;
}

/** What happens to content, told where it happens and after it is durable. Names are wire names. */
// oxlint-disable-next-line typescript/consistent-type-definitions -- an EventMap has an index signature, which only a type alias fits
export type ContentEvents = {
  content_added: AddResult & { name?: string | undefined; pinned: boolean };
  /** A root that was added or pinned here is gone, with all that only it needed. */
  content_removed: { cid: CID };
  /** A read came to its end, or its reader had enough. */
  content_retrieved: { cid: CID; bytes: number };
  pin_added: { cid: CID; kind: PinKind; name?: string | undefined };
  pin_removed: { cid: CID };
  pin_status_changed: { cid: CID; status: "pinned" | "unpinned" };
};

/**
 * A whole IPFS node's worth of content: a {@link ContentStore} with its blocks, folders, archives,
 * garbage and events. What the gateway and the Kubo-compatible API are built on.
 */
export interface ContentRepository extends ContentStore {
  readonly blocks: Blocks;
  readonly events: Pick<Emitter<ContentEvents>, "on">;

  /**
   * Takes in files and folders as they come. Every file is told once its blocks are durable; then,
   * when the source has ended, the folders, the root last, once it is durable and pinned.
   * When the source fails or the signal fires, nothing is pinned.
   *
   * @throws IpfsKitError `invalid_request` for a path that is not allowed or given twice,
   *   `storage_full`, `aborted`
   */
  addTree(entries: AsyncIterable<TreeEntry>, options?: AddTreeOptions): AsyncIterable<AddedEntry>;

  /**
   * Takes in a CAR, version 1 or 2, as it comes in. Every block is verified.
   *
   * @throws IpfsKitError `invalid_request` for what is no CAR or is cut short, `integrity`,
   *   `too_large`, `storage_full`
   */
  importCar(source: AsyncIterable<Uint8Array>, options?: ImportCarOptions): Promise<ImportedCar>;

  /** The pin of exactly this root. */
  findPin(cid: CID, options?: AbortOptions): Promise<Pin | undefined>;

  /**
   * Removes every block that no pin needs and that no add under way has just written, and tells each.
   * Stopping early is safe.
   */
  collectGarbage(options?: AbortOptions): AsyncIterable<CID>;

  /**
   * For those who read block by block: keeps all under a root from being collected as garbage, as
   * `read` does by itself, until the function it returns is called. Absent in a store that cannot.
   */
  keepWhileRead?(cid: CID): () => void;

  stats(options?: AbortOptions): Promise<RepositoryStats>;
}
