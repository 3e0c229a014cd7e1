import { createHash } from "node:crypto";

import { type Blocks, CID, NotFoundError, RAW, throwIfAborted } from "@ipfs-kit/core";

/** A raw block with its CID. */
export function rawBlock(text: string): { cid: CID; bytes: Uint8Array } {
  const bytes = new TextEncoder().encode(text);
  const digest = createHash("sha256").update(bytes).digest();
  return { cid: CID.decode(Uint8Array.from([0x01, RAW, 0x12, 0x20, ...digest])), bytes };
}

/** Blocks in memory that count what they are asked, and can be made to fail or to wait. */
export class MemoryBlocks implements Blocks {
  readonly held = new Map<string, Uint8Array>();
  /** Calls of `get`. */
  asked = 0;
  failure: Error | undefined;
  /** What every `get` waits for before it answers. */
  gate: Promise<void> = Promise.resolve();

  async get(cid: CID, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    this.asked += 1;
    throwIfAborted(signal);
    if (this.failure !== undefined) throw this.failure;
    const bytes = this.held.get(cid.toString())?.slice();
    await this.gate;
    if (bytes === undefined) throw new NotFoundError("It is not here.");
    return bytes;
  }

  async has(cid: CID): Promise<boolean> {
    if (this.failure !== undefined) throw this.failure;
    return this.held.has(cid.toString());
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    this.held.set(cid.toString(), bytes);
  }

  async delete(cid: CID): Promise<void> {
    if (!this.held.delete(cid.toString())) throw new NotFoundError("It is not here.");
  }
}
