import { type AddOptions, type AddResult, CID } from "@ipfs-kit/core";

export interface RecordedAdd {
  name: string | undefined;
  pin: boolean | undefined;
  size: number;
}

/** What every add is answered with: this store looks at lengths only. */
export const ANY_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** Reads what it is given, and remembers only what was given whole. */
export class RecordingStore {
  readonly added: RecordedAdd[] = [];
  /** Bytes of every source so far. */
  received = 0;
  /** Resolves with what the first failing source failed with. */
  readonly failure = Promise.withResolvers<unknown>();

  async add(source: AsyncIterable<Uint8Array>, options: AddOptions = {}): Promise<AddResult> {
    const { name, pin, onProgress, signal } = options;
    let size = 0;
    try {
      for await (const chunk of source) {
        size += chunk.byteLength;
        this.received += chunk.byteLength;
        onProgress?.(size);
      }
      signal?.throwIfAborted();
    } catch (error) {
      this.failure.resolve(error);
      throw error;
    }
    this.added.push({ name, pin, size });
    return { cid: CID.parse(ANY_CID), size, mediaType: "application/octet-stream" };
  }
}
