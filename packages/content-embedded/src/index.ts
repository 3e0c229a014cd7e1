/**
 * An IPFS content store on disk, without a daemon: append-only packs, an index, a pin table. What it
 * acknowledges is durable; what it hands out matches its CID.
 *
 * @example
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
 *
 * const directory = await mkdtemp(join(tmpdir(), "store-"));
 * await using store = createEmbeddedStore({ directory });
 * await store.start();
 *
 * async function* source() {
 *   yield new TextEncoder().encode("hello world");
 * }
 * const { cid } = await store.add(source(), { name: "hello.txt" });
 * for await (const bytes of store.read(cid, { offset: 6 })) process.stdout.write(bytes); // world
 *
 * @module
 */
import {
  type ContentRepository,
  type Logger,
  noopLogger,
  noopObserver,
  type Observer,
  type Startable,
} from "@ipfs-kit/core";

import type { EmbeddedBlocks } from "./blocks.ts";
import { PACK_BYTES } from "./defaults.ts";
import { PackContentStore } from "./embedded-store.ts";

export type { DamagedBlock, EmbeddedBlocks } from "./blocks.ts";
export type { ScrubOptions } from "./pack-store/index.ts";
export { createBlockstore, type EmbeddedBlockstore } from "./blockstore.ts";

export interface EmbeddedStoreInit {
  /** Where everything is kept. Made when missing; belongs to one process at a time. */
  directory: string;
  /** @default says nothing */
  logger?: Logger;
  /**
   * Told of every add, import and collection, as operations `content.add`, `content.import` and
   * `content.collect_garbage`. @default hears nothing
   */
  observer?: Pick<Observer, "operationStarted">;
  /** Bytes all packs together may take; an add or pin beyond fails with `storage_full`. @default no quota */
  storageMaxBytes?: number;
  /** Size at which a pack file is full, in bytes. @default 256 MiB */
  packBytes?: number;
  /** Blocks a read fetches before they are asked for, while its consumer pulls. @default 6 */
  readAheadBlocks?: number;
}

/**
 * A content repository that owns a directory between `start()` and `stop()`. `start()` throws
 * `data_directory` when the directory cannot be used or another process has it; any other call
 * outside that time throws InvalidStateError.
 *
 * Garbage is collected while adds, pins and reads go on; none of them loses anything by it. A single
 * `blocks.delete` goes through what all pins need, as a whole collection does.
 */
export interface EmbeddedStore extends ContentRepository, Startable, AsyncDisposable {
  readonly blocks: EmbeddedBlocks;
}

export function createEmbeddedStore({
  directory,
  logger = noopLogger,
  observer = noopObserver,
  storageMaxBytes = Infinity,
  packBytes = PACK_BYTES,
  readAheadBlocks,
}: EmbeddedStoreInit): EmbeddedStore {
  return new PackContentStore({
    directory,
    logger,
    observer,
    storageMaxBytes,
    packBytes,
    readAheadBlocks,
  });
}
