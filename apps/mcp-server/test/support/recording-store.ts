import {
  type AddedEntry,
  type AddOptions,
  type AddResult,
  type AddTreeOptions,
  CID,
  type TreeEntry,
} from "@ipfs-kit/core";

export interface RecordedAdd {
  name: string | undefined;
  pin: boolean | undefined;
  size: number;
}

/** What every add is answered with: this store looks at lengths only. */
const ANY_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** Reads what it is given, and remembers only what was given whole. */
export class RecordingStore {
  readonly added: RecordedAdd[] = [];
  /** Bytes of every source so far. */
  received = 0;
  /** Resolves with what the first failing source failed with. */
  readonly failure = Promise.withResolvers<unknown>();

  /** Files only: no test here sends folders. */
  async *addTree(
    entries: AsyncIterable<TreeEntry>,
    { name, ...options }: AddTreeOptions = {},
  ): AsyncGenerator<AddedEntry, void> {
    for await (const { path, content } of entries) {
      if (content === undefined || "symlink" in content) continue;
      const { pin, signal, onProgress } = options;
      const report = (bytes: number) => onProgress?.(path, bytes);
      const added = await this.add(content, {
        name: name ?? path,
        pin,
        signal,
        onProgress: report,
      });
      yield { ...added, path, type: "file", dagSize: added.size };
    }
  }

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
