import type { AbortOptions } from "./abort.ts";
import type { CID } from "./cid.ts";

/** Where blocks come from: a disk, a daemon, a peer, an archive. */
export interface BlockSource {
  /**
   * The bytes of a block; they match its CID. They are the caller's to keep and to change.
   *
   * @throws NotFoundError; IntegrityError when what the source has does not match; IpfsKitError
   *   `unavailable`, `timeout` when the source cannot be reached
   */
  get(cid: CID, options?: AbortOptions): Promise<Uint8Array>;
}

/** Blocks by CID, verified on the way in and on the way out. */
export interface Blocks extends BlockSource {
  /** Whether the block is held here: nobody else is asked, its bytes are not looked at. */
  has(cid: CID, options?: AbortOptions): Promise<boolean>;

  /**
   * Resolves when the block is durable. The bytes must not be changed afterwards. A block nobody
   * pins stays until garbage is collected.
   *
   * @throws IntegrityError when they do not match; IpfsKitError `storage_full`, `too_large`
   */
  put(cid: CID, bytes: Uint8Array, options?: AbortOptions): Promise<void>;

  /**
   * Removes one block.
   *
   * @throws NotFoundError; InvalidStateError when a pin needs it
   */
  delete(cid: CID, options?: AbortOptions): Promise<void>;
}

/** A block in hand. */
export interface Block {
  cid: CID;
  bytes: Uint8Array;
}
