import { join } from "node:path";

import {
  type ContentEvents,
  type ContentRepository,
  Emitter,
  type Logger,
  type Startable,
  startAll,
  stopAll,
} from "@ipfs-kit/core";

import type { DataFolder } from "../data-folder.ts";
import { DEFAULT_KUBO_DISK_CACHE_BYTES, DEFAULT_MEMORY_CACHE_BYTES } from "../defaults.ts";
import { MetadataKeeper } from "../metadata/metadata-keeper.ts";
import { MetadataStore } from "../metadata/metadata-store.ts";
import type { ServerInit } from "../server-init.ts";
import { chooseBackend, type ContentBackend, createContentBackend } from "./backend.ts";
import { CachedRepository } from "./cached-repository.ts";
import { Caches } from "./caches.ts";
import { logContentEvents, relayContentEvents } from "./content-events.ts";
import { WriteRecord } from "./write-record.ts";

export interface ContentLayerInit {
  init: Pick<
    ServerInit,
    | "contentBackend"
    | "kuboApi"
    | "isolation"
    | "storageMaxBytes"
    | "memoryCacheBytes"
    | "diskCacheBytes"
  >;
  folder: Pick<DataFolder, "content" | "cache" | "metadata">;
  logger: Logger;
}

/**
 * All of content, joined: a backend, a record of its writes, caches in front, metadata beside. What
 * else the server has sees only `repository`.
 */
export class ContentLayer implements Startable {
  readonly backend: ContentBackend;
  readonly writes: WriteRecord;
  readonly caches: Caches;
  readonly repository: ContentRepository;
  readonly metadata: MetadataStore;
  /** What happens to content, for all parts of the server. */
  readonly events: Emitter<ContentEvents>;
  readonly #parts: Startable[];

  /** @throws ConfigError */
  constructor({ init, folder, logger }: ContentLayerInit) {
    const name = chooseBackend(init);
    const {
      storageMaxBytes = 0,
      memoryCacheBytes = DEFAULT_MEMORY_CACHE_BYTES,
      diskCacheBytes = name === "kubo" ? DEFAULT_KUBO_DISK_CACHE_BYTES : 0,
    } = init;
    this.backend = createContentBackend({
      name,
      directory: folder.content,
      storageMaxBytes,
      kuboApi: init.kuboApi,
      logger: logger.child({ component: "content" }),
    });
    this.writes = new WriteRecord(this.backend.repository);
    this.caches = new Caches({
      directory: folder.cache,
      memoryBytes: memoryCacheBytes,
      diskBytes: diskCacheBytes,
      logger: logger.child({ component: "cache" }),
    });
    const caches = this.caches.all;
    this.repository = caches.length === 0 ? this.writes : new CachedRepository(this.writes, caches);
    this.events = new Emitter((error, event) =>
      logger.error("a listener of content failed", { error, event }),
    );
    relayContentEvents(this.repository.events, this.events);
    logContentEvents(this.events, logger.child({ component: "content" }));
    const metadataLogger = logger.child({ component: "metadata" });
    this.metadata = new MetadataStore({
      path: join(folder.metadata, "metadata.db"),
      logger: metadataLogger,
    });
    const keeper = new MetadataKeeper({
      metadata: this.metadata,
      repository: this.repository,
      logger: metadataLogger,
      catchesUp: name === "embedded",
    });
    // The embedded store locks the data folder; in front of Kubo, the metadata does.
    this.#parts = [this.backend.repository, this.metadata, this.caches, keeper];
  }

  async start(): Promise<void> {
    await startAll(this.#parts);
  }

  async stop(): Promise<void> {
    await stopAll(this.#parts);
  }
}
