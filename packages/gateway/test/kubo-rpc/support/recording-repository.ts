import { createHash } from "node:crypto";

import { type AddedEntry, type AddTreeOptions, CID, type TreeEntry } from "@ipfs-kit/core";

export interface RecordedAdd {
  path: string;
  name: string | undefined;
  pin: boolean | undefined;
  size: number;
}

/** What every add is answered with: this store looks at lengths only. */
export const ANY_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** Reads what it is given, and remembers only what was given whole. */
export class RecordingRepository {
  readonly added: RecordedAdd[] = [];
  /** SHA-256 of each file taken in whole. */
  readonly digests: string[] = [];
  /** Bytes of every source so far. */
  received = 0;
  /** Resolves with what the first failing source failed with. */
  readonly failure = Promise.withResolvers<unknown>();
  /** Called before each entry is taken in: a test lets it fail here. */
  before: (count: number) => void = () => {};

  async *addTree(
    entries: AsyncIterable<TreeEntry>,
    { name, pin, onProgress, signal }: AddTreeOptions = {},
  ): AsyncGenerator<AddedEntry, void> {
    try {
      for await (const { path, content } of entries) {
        this.before(this.added.length + 1);
        let size = 0;
        const hash = createHash("sha256");
        const bytes = content === undefined || "symlink" in content ? [] : content;
        for await (const chunk of bytes) {
          size += chunk.byteLength;
          hash.update(chunk);
          this.received += chunk.byteLength;
          onProgress?.(path, size);
        }
        signal?.throwIfAborted();
        this.digests.push(hash.digest("hex"));
        this.added.push({ path, name, pin, size });
        yield { path, cid: CID.parse(ANY_CID), type: "file", size, dagSize: size };
      }
    } catch (error) {
      this.failure.resolve(error);
      throw error;
    }
  }
}
