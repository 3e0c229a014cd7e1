import { hash } from "node:crypto";

import {
  type AbortOptions,
  type Blocks,
  type CID,
  IntegrityError,
  NotFoundError,
  verifyBlock,
} from "@ipfs-kit/core";

import type { PackStore, Ticket } from "./pack-store/index.ts";

const SHA2_256 = 0x12;
const IDENTITY = 0x00;
/** An identity CID is its own block; longer ones are refused everywhere (boxo's limit too). */
const MAX_IDENTITY_BYTES = 128;

/** The verified view of a pack store. */
export class PackBlocks implements Omit<Blocks, "delete"> {
  readonly #packs: PackStore;

  constructor(packs: PackStore) {
    this.#packs = packs;
  }

  async has(cid: CID): Promise<boolean> {
    this.#packs.assertRunning();
    return cid.multihash.code === IDENTITY || this.#packs.has(cid.multihash.bytes);
  }

  async get(cid: CID): Promise<Uint8Array> {
    this.#packs.assertRunning();
    if (cid.multihash.code === IDENTITY) return identityBytes(cid);
    const bytes = await this.#packs.get(cid.multihash.bytes);
    if (bytes === undefined) {
      throw new NotFoundError(`Block ${cid.toString()} is not here.`, {
        details: { cid: cid.toString() },
      });
    }
    await verify(cid, bytes);
    return bytes;
  }

  async put(cid: CID, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    this.#packs.assertRunning();
    await verify(cid, bytes);
    if (cid.multihash.code === IDENTITY) return;
    const ticket = await this.accept(cid, bytes, options);
    await ticket.durable;
  }

  /** Like {@link put} for bytes just hashed; resolves when the block is queued. */
  async accept(cid: CID, bytes: Uint8Array, options?: AbortOptions): Promise<Ticket> {
    return this.#packs.put(cid.multihash.bytes, bytes, options);
  }
}

/** The one-shot hash is twice as fast as a hash object for the small blocks of folders. */
async function verify(cid: CID, bytes: Uint8Array): Promise<void> {
  if (cid.multihash.code !== SHA2_256) return verifyBlock(cid, bytes);
  if (hash("sha256", bytes, "buffer").equals(cid.multihash.digest)) return;
  throw new IntegrityError(`The bytes of block ${cid.toString()} do not match its CID.`, {
    details: { cid: cid.toString() },
  });
}

function identityBytes(cid: CID): Uint8Array {
  const { digest } = cid.multihash;
  if (digest.length <= MAX_IDENTITY_BYTES) return digest.slice();
  throw new IntegrityError(`An identity CID holds at most ${MAX_IDENTITY_BYTES} bytes.`);
}
