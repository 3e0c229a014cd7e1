import { throwIfAborted, type AbortOptions } from "@ipfs-kit/core";

import { isDigestOf } from "./digest.ts";
import { systemCodeOf } from "./file-io.ts";
import type { PackFiles } from "./pack-files.ts";
import type { PackIndex, PlacedBlock } from "./pack-index.ts";
import { readRun, runLength, type ReadBlock } from "./read-run.ts";
import { asStoreError, isShortage } from "./store-errors.ts";

/** Blocks looked up in the index at a time. */
const PAGE = 1_000;

/** A block that is in the index and cannot be had from its pack. */
export interface DamagedBlock {
  multihash: Uint8Array;
  pack: number;
  /** For people: what is wrong with it. */
  reason: string;
}

export interface ScrubOptions extends AbortOptions {
  /** Called now and then with the blocks looked at so far. */
  onProgress?: ((blocks: number) => void) | undefined;
}

export interface ScrubberInit {
  files: PackFiles;
  index: PackIndex;
}

/**
 * Reads every block from its pack, in the order of the packs, and compares it with its multihash. Gives
 * up with `unavailable` when the system opens no more files, rather than call sound blocks damaged.
 */
export class Scrubber {
  readonly #files: PackFiles;
  readonly #index: PackIndex;

  constructor({ files, index }: ScrubberInit) {
    this.#files = files;
    this.#index = index;
  }

  /** Ends with the newest pack there was when it began. What is moved meanwhile is read on the move. */
  async *scrub({ signal, onProgress }: ScrubOptions = {}): AsyncGenerator<DamagedBlock, void> {
    let blocks = 0;
    const onRead = (count: number) => onProgress?.((blocks += count));
    for (const pack of this.#index.packs().keys()) yield* this.#scrubPack(pack, onRead, signal);
  }

  async *#scrubPack(
    pack: number,
    onRead: (blocks: number) => void,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<DamagedBlock, void> {
    // One that was deleted while it was open is still read: it must not pass for sound.
    const there = await this.#files.list().catch(asStoreError);
    if (!there.includes(pack)) await this.#files.forget(pack);
    let page = this.#index.blocksIn(pack, 0, PAGE);
    while (page.length > 0) {
      for (let at = 0; at < page.length;) {
        throwIfAborted(signal);
        const run = page.slice(at, at + runLength(page.slice(at)));
        at += run.length;
        yield* this.#scrubRun(run);
        onRead(run.length);
      }
      page = this.#index.blocksIn(pack, (page.at(-1)?.offset ?? 0) + 1, PAGE);
    }
  }

  async *#scrubRun(run: readonly PlacedBlock[]): AsyncGenerator<DamagedBlock, void> {
    for (const block of await this.#read(run)) {
      const reason = await reasonAgainst(block);
      const damaged = reason === undefined ? undefined : await this.#lookAgain(block, reason);
      if (damaged !== undefined) yield damaged;
    }
  }

  /** Where a block that seemed damaged is now decides: it may have been written anew, or removed. */
  async #lookAgain(block: PlacedBlock, reason: string): Promise<DamagedBlock | undefined> {
    const { multihash, pack, offset } = block;
    const place = this.#index.find(multihash);
    if (place === undefined) return undefined;
    if (place.pack === pack && place.offset === offset) return { multihash, pack, reason };
    const moved = { multihash, ...place };
    const [read = moved] = await this.#read([moved]);
    const stillBad = await reasonAgainst(read);
    return stillBad === undefined ? undefined : this.#lookAgain(moved, stillBad);
  }

  async #read(run: readonly PlacedBlock[]): Promise<(ReadBlock & { failure?: unknown })[]> {
    const [first] = run;
    if (first === undefined) return [];
    try {
      return await this.#files.use(first.pack, async (file) => readRun(file, run));
    } catch (failure) {
      // Of the blocks nothing is known then.
      if (isShortage(failure)) asStoreError(failure);
      // One bad sector fails the whole read: then each block is read by itself.
      if (run.length === 1) return [{ ...first, failure }];
      const each: (ReadBlock & { failure?: unknown })[] = [];
      for (const block of run) each.push(...(await this.#read([block])));
      return each;
    }
  }
}

async function reasonAgainst(
  block: ReadBlock & { failure?: unknown },
): Promise<string | undefined> {
  const { multihash, bytes, failure } = block;
  if (failure !== undefined) {
    if (systemCodeOf(failure) === "ENOENT") return "The pack file is missing.";
    return failure instanceof Error ? failure.message : "The pack file cannot be read.";
  }
  if (bytes === undefined) return "The pack ends before the block does.";
  return (await isDigestOf(multihash, bytes)) ? undefined : "The bytes do not match the multihash.";
}
