import { type Blocks, type CID, NotFoundError, verifyBlock } from "@ipfs-kit/core";

/** Verified blocks in memory. */
export class MemoryBlocks implements Blocks {
  readonly #bytes = new Map<string, Uint8Array>();
  /** Blocks asked for, in order. */
  readonly asked: string[] = [];

  async has(cid: CID): Promise<boolean> {
    return this.#bytes.has(keyOf(cid));
  }

  async get(cid: CID): Promise<Uint8Array> {
    this.asked.push(cid.toString());
    const bytes = this.#bytes.get(keyOf(cid));
    if (bytes === undefined) throw new NotFoundError(`Block ${cid.toString()} is not here.`);
    await verifyBlock(cid, bytes);
    return bytes.slice();
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    await verifyBlock(cid, bytes);
    this.#bytes.set(keyOf(cid), bytes);
  }

  async delete(cid: CID): Promise<void> {
    if (!this.#bytes.delete(keyOf(cid))) throw new NotFoundError("It is not here.");
  }

  /** What a rotten disk does. */
  damage(cid: CID): void {
    const bytes = this.#bytes.get(keyOf(cid))?.slice() ?? new Uint8Array(1);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    this.#bytes.set(keyOf(cid), bytes);
  }
}

function keyOf({ multihash }: CID): string {
  return Buffer.from(multihash.bytes).toString("hex");
}
