import type { CID } from "multiformats/cid";

import type { AbortOptions } from "./abort.ts";
import type { ImportSettings } from "./content-repository.ts";

/** What a store knows about the thing a CID names. */
export interface ContentInfo {
  cid: CID;
  type: "file" | "directory" | "symlink";
  /** Bytes of the file or of the text a link points by; for a directory, the sum over its entries as the DAG states it. */
  size: number;
}

/** How much of a DAG a pin keeps: all of it, or the one block. */
export type PinKind = "recursive" | "direct";

/** A root that is kept, with what was said of it when it was added. */
export interface Pin {
  cid: CID;
  kind: PinKind;
  /** The file name given on add; text from a stranger. */
  name?: string | undefined;
  /** Bytes; absent when the store does not know, e.g. of a root that is damaged. */
  size?: number | undefined;
  /** Guessed from name and first bytes on add. */
  mediaType?: string | undefined;
  /** Absent when the store does not know: Kubo does not write it down. */
  pinnedAt?: Date | undefined;
}

export interface AddOptions extends AbortOptions, ImportSettings {
  /** Kept beside the pin, shown in lists. */
  name?: string | undefined;
  /** @default true */
  pin?: boolean | undefined;
  /** Called with the bytes taken in so far, at most once per chunk. */
  onProgress?: ((bytes: number) => void) | undefined;
}

export interface AddResult {
  cid: CID;
  /** Bytes of the file. */
  size: number;
  mediaType: string;
}

export interface ReadOptions extends AbortOptions {
  /** First byte, from 0. @default 0 */
  offset?: number;
  /** Bytes to read at most. @default up to the end */
  length?: number;
}

export interface ListPinsOptions extends AbortOptions {
  /** Rows at most. @default 100 */
  limit?: number;
  /** Where the previous page ended: its `nextCursor`. */
  cursor?: string;
  /** @default both */
  kind?: PinKind | undefined;
}

export interface PinOptions extends AbortOptions {
  /** Kept beside the pin. @default the one it has */
  name?: string | undefined;
  /** Pinning what has a direct pin recursively makes it recursive, not the other way round. @default "recursive" */
  kind?: PinKind | undefined;
}

export interface PinPage {
  /** Newest first; by CID in a store that does not know when they were pinned. */
  pins: Pin[];
  /** Absent on the last page. */
  nextCursor?: string;
}

/**
 * Content by CID. Two promises hold for every implementation:
 *
 * - what is handed out matches its CID, or the read fails with `integrity`;
 * - what was acknowledged (`add`, `pin`) survives a power cut; what was not is not visible.
 */
export interface ContentStore {
  /**
   * Takes in one file, streamed: memory use does not depend on its size. Resolves when the file is
   * durable. When the source fails or the signal fires, nothing of it stays visible.
   *
   * @throws IpfsKitError `storage_full`, `aborted`
   */
  add(source: AsyncIterable<Uint8Array>, options?: AddOptions): Promise<AddResult>;

  /** @throws NotFoundError; IpfsKitError `integrity` when the stored root is damaged */
  stat(cid: CID, options?: AbortOptions): Promise<ContentInfo>;

  /**
   * The bytes of a file from `offset`, pulled: no more than a bounded read-ahead is held for a slow
   * consumer. Reading past the end yields nothing.
   *
   * @throws NotFoundError; IpfsKitError `not_a_file`, `integrity`
   */
  read(cid: CID, options?: ReadOptions): AsyncIterable<Uint8Array>;

  /**
   * Keeps a root, once all that the pin covers is here.
   *
   * @throws NotFoundError when a part is not to be had; InvalidStateError for a direct pin of what
   *   has a recursive one
   */
  pin(cid: CID, options?: PinOptions): Promise<void>;

  /** Lets a root go. @throws NotFoundError when it is not pinned */
  unpin(cid: CID, options?: AbortOptions): Promise<void>;

  listPins(options?: ListPinsOptions): Promise<PinPage>;
}
