import { hash } from "node:crypto";

import {
  type AbortOptions,
  type Blocks,
  CID,
  IntegrityError,
  NotFoundError,
  RAW,
  throwIfAborted,
  verifyBlock,
} from "@ipfs-kit/core";

import { IDENTITY } from "./keys.ts";
import type { PackStore, ScrubOptions } from "./pack-store/index.ts";
import type { UnderWay } from "./under-way.ts";

const SHA2_256 = 0x12;
/** Version and codec of a raw block's CID. */
const RAW_PREFIX = Uint8Array.of(1, RAW);
/** An identity CID is its own block; longer ones are refused everywhere (boxo's limit too). */
const MAX_IDENTITY_BYTES = 128;

export interface PackBlocksInit {
  packs: PackStore;
  underWay: UnderWay;
  /** Removes one block unless a pin needs it; resolves to whether it was there. */
  remove: (multihash: Uint8Array, options: AbortOptions) => Promise<boolean>;
}

/** A block that is known here and whose bytes cannot be had. */
export interface DamagedBlock {
  /** As a raw block of version 1: what the block is part of is not known. */
  cid: CID;
  /** The number of the pack file it should be in. */
  pack: number;
  /** For people: what is wrong with it. */
  reason: string;
}

/** The blocks of an embedded store. */
export interface EmbeddedBlocks extends Blocks {
  /**
   * Every durable block, as a raw block of version 1, in no particular order. What is put or removed
   * meanwhile may or may not be among them.
   */
  list(options?: AbortOptions): AsyncIterable<CID>;

  /**
   * Reads and hashes every block, one pack file after the other, and tells the damaged ones. A block
   * is damaged until the same content is put or added again; reads of it fail with `integrity`.
   */
  scrub(options?: ScrubOptions): AsyncIterable<DamagedBlock>;
}

/** The verified view of a pack store. */
export class PackBlocks implements EmbeddedBlocks {
  readonly #packs: PackStore;
  readonly #underWay: UnderWay;
  readonly #remove: PackBlocksInit["remove"];

  constructor({ packs, underWay, remove }: PackBlocksInit) {
    this.#packs = packs;
    this.#underWay = underWay;
    this.#remove = remove;
  }

  async has(cid: CID, { signal }: AbortOptions = {}): Promise<boolean> {
    this.#packs.assertRunning();
    throwIfAborted(signal);
    return cid.multihash.code === IDENTITY || this.#packs.has(cid.multihash.bytes);
  }

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    this.#packs.assertRunning();
    throwIfAborted(signal);
    if (cid.multihash.code === IDENTITY) return identityBytes(cid);
    const bytes = await this.#packs.get(cid.multihash.bytes);
    if (bytes === undefined) throw notHere(cid);
    await verify(cid, bytes);
    return bytes;
  }

  async put(cid: CID, bytes: Uint8Array, options?: AbortOptions): Promise<void> {
    this.#packs.assertRunning();
    await verify(cid, bytes);
    if (cid.multihash.code === IDENTITY) return;
    const operation = this.#underWay.begin();
    try {
      operation.takesIn(cid.multihash.bytes);
      const ticket = await this.#packs.put(cid.multihash.bytes, bytes, options);
      await ticket.durable;
    } finally {
      operation.end();
    }
  }

  async delete(cid: CID, options: AbortOptions = {}): Promise<void> {
    this.#packs.assertRunning();
    if (!this.#packs.has(cid.multihash.bytes)) throw notHere(cid);
    if (!(await this.#remove(cid.multihash.bytes, options))) throw notHere(cid);
  }

  async *list({ signal }: AbortOptions = {}): AsyncGenerator<CID, void> {
    let page = this.#packs.keys();
    while (page.length > 0) {
      for (const multihash of page) {
        throwIfAborted(signal);
        yield rawCid(multihash);
      }
      page = this.#packs.keys(page.at(-1));
    }
  }

  async *scrub(options?: ScrubOptions): AsyncGenerator<DamagedBlock, void> {
    for await (const { multihash, pack, reason } of this.#packs.scrub(options)) {
      yield { cid: rawCid(multihash), pack, reason };
    }
  }
}

function rawCid(multihash: Uint8Array): CID {
  return CID.decode(Buffer.concat([RAW_PREFIX, multihash]));
}

function notHere(cid: CID): NotFoundError {
  return new NotFoundError(`Block ${cid.toString()} is not here.`, {
    details: { cid: cid.toString() },
  });
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
