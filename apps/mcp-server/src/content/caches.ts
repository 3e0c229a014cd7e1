import { rm } from "node:fs/promises";

import type { Logger, Startable } from "@ipfs-kit/core";
import type { CacheStatsRow, ComponentHealth } from "@ipfs-kit/core/wire";

import type { BlockCache } from "./block-cache.ts";
import { DiskCache } from "./disk-cache.ts";
import { MemoryCache } from "./memory-cache.ts";

export interface CachesInit {
  /** The room of the disk cache in the data folder. */
  directory: string;
  /** 0 is none. */
  memoryBytes: number;
  diskBytes: number;
  logger: Logger;
}

/** The caches of one server. */
export class Caches implements Startable {
  readonly #directory: string;
  readonly #memory: MemoryCache | undefined;
  readonly #disk: DiskCache | undefined;

  constructor({ directory, memoryBytes, diskBytes, logger }: CachesInit) {
    this.#directory = directory;
    this.#memory = memoryBytes === 0 ? undefined : new MemoryCache(memoryBytes);
    this.#disk =
      diskBytes === 0 ? undefined : new DiskCache({ directory, maxBytes: diskBytes, logger });
  }

  /** The quickest first; those that are off are left out. */
  get all(): BlockCache[] {
    return [this.#memory, this.#disk].filter((cache) => cache !== undefined);
  }

  /** Opens the disk cache, or removes what one that is now off has left. */
  async start(): Promise<void> {
    if (this.#disk === undefined) await rm(this.#directory, { recursive: true, force: true });
    else await this.#disk.start();
  }

  async stop(): Promise<void> {
    await this.#disk?.stop();
  }

  stats(): CacheStatsRow[] {
    return this.all.map((cache) => {
      const { hits, misses, bytes, maxBytes, entries, evictions, dropped, faults } = cache.stats();
      return {
        name: cache.name,
        hits,
        misses,
        ...(hits + misses === 0 ? {} : { hit_rate: hits / (hits + misses) }),
        bytes,
        max_bytes: maxBytes,
        entries,
        evictions,
        dropped,
        faults,
      };
    });
  }

  health(): Omit<ComponentHealth, "name"> {
    const rows = this.stats();
    if (rows.length === 0) return { status: "disabled", reason_code: "switched_off" };
    const reason = rows.map(describe).join("; ");
    const fault = this.#disk?.lastFault;
    if (fault === undefined) return { status: "ok", reason };
    return {
      status: "degraded",
      reason_code: fault,
      reason: `The disk cache cannot be written to; ${reason}`,
    };
  }
}

const MIB = 1024 * 1024;

function describe({ name, bytes, max_bytes: max, hit_rate: hitRate }: CacheStatsRow): string {
  const room = `${name}: ${Math.round(bytes / MIB)} of ${Math.round(max / MIB)} MiB`;
  return hitRate === undefined ? room : `${room}, ${Math.round(hitRate * 100)} % hits`;
}
