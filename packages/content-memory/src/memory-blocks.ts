import {
  type AbortOptions,
  type Blocks,
  type CID,
  InvalidStateError,
  IpfsKitError,
  NotFoundError,
  throwIfAborted,
  verifyBlock,
} from "@ipfs-kit/core";

const IDENTITY = 0x00;

export interface MemoryBlocksInit {
  /** Bytes of all blocks at most; beyond it `put` fails with `storage_full`. @default no limit */
  maxBytes?: number | undefined;
  /** Blocks that must not be deleted. @default none */
  isNeeded?: ((cid: CID) => boolean) | undefined;
}

/** Verified blocks in memory, which can be made to rot and remember what they were asked for. */
export class MemoryBlocks implements Blocks {
  readonly #held = new Map<string, { cid: CID; bytes: Uint8Array }>();
  readonly #init: MemoryBlocksInit;
  #bytes = 0;
  /** Blocks asked for, in order. */
  readonly asked: string[] = [];

  constructor(init: MemoryBlocksInit = {}) {
    this.#init = init;
  }

  /** Bytes of all blocks. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#held.size;
  }

  async has(cid: CID, { signal }: AbortOptions = {}): Promise<boolean> {
    throwIfAborted(signal);
    return cid.multihash.code === IDENTITY || this.#held.has(blockKey(cid));
  }

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    throwIfAborted(signal);
    this.asked.push(cid.toString());
    const bytes = this.peek(cid);
    if (bytes === undefined) throw notHere(cid);
    await verifyBlock(cid, bytes);
    return bytes.slice();
  }

  async put(cid: CID, bytes: Uint8Array, { signal }: AbortOptions = {}): Promise<void> {
    throwIfAborted(signal);
    await verifyBlock(cid, bytes);
    if (cid.multihash.code === IDENTITY) return;
    const key = blockKey(cid);
    const growth = bytes.length - (this.#held.get(key)?.bytes.length ?? 0);
    if (this.#bytes + growth > (this.#init.maxBytes ?? Infinity)) {
      throw new IpfsKitError("storage_full", "The quota is used up.");
    }
    this.#bytes += growth;
    this.#held.set(key, { cid, bytes: bytes.slice() });
  }

  async delete(cid: CID, { signal }: AbortOptions = {}): Promise<void> {
    throwIfAborted(signal);
    if (!this.#held.has(blockKey(cid))) throw notHere(cid);
    if (this.#init.isNeeded?.(cid)) {
      throw new InvalidStateError(`Block ${cid.toString()} is needed by a pin.`);
    }
    this.drop(cid);
  }

  /** All there are, at this moment. */
  list(): CID[] {
    return Array.from(this.#held.values(), ({ cid }) => cid);
  }

  /** The bytes as they are kept: neither verified nor copied. */
  peek(cid: CID): Uint8Array | undefined {
    if (cid.multihash.code === IDENTITY) return cid.multihash.digest;
    return this.#held.get(blockKey(cid))?.bytes;
  }

  /** Removes a block whoever needs it. */
  drop(cid: CID): void {
    this.#bytes -= this.peek(cid)?.length ?? 0;
    this.#held.delete(blockKey(cid));
  }

  /** What a rotten disk does. */
  damage(cid: CID): void {
    const bytes = this.peek(cid)?.slice() ?? new Uint8Array(1);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    this.#held.set(blockKey(cid), { cid, bytes });
  }
}

/** One for all CIDs of the same bytes. */
export function blockKey({ multihash }: CID): string {
  return Buffer.from(multihash.bytes).toString("latin1");
}

function notHere(cid: CID): NotFoundError {
  return new NotFoundError(`Block ${cid.toString()} is not here.`, {
    details: { cid: cid.toString() },
  });
}
