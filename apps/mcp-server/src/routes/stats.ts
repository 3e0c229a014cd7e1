import { type ContentRepository, errorCodeOf, withTimeout } from "@ipfs-kit/core";
import { type Stats, statsSchema } from "@ipfs-kit/core/wire";

import type { Caches } from "../content/caches.ts";
import { STATS_MS } from "../defaults.ts";
import type { MetadataStore } from "../metadata/metadata-store.ts";
import { defineRoute, type Route } from "./route.ts";

export interface StatsComponents {
  store: Pick<ContentRepository, "stats">;
  backendName: string;
  caches: Pick<Caches, "stats">;
  metadata: Pick<MetadataStore, "counts">;
}

/** `GET /api/v0/stats`. */
export function statsRoute({ store, backendName, caches, metadata }: StatsComponents): Route {
  return defineRoute({
    method: "GET",
    path: "/api/v0/stats",
    operationId: "getStats",
    tag: "server",
    summary: "What is held, and what the caches do",
    description: "Cheap at any size: nothing is counted for it.",
    responses: {
      200: {
        description: "The numbers of now. A number nobody knows is absent, never 0.",
        schema: statsSchema,
        example: EXAMPLE,
      },
    },
    handler: async () => ({
      status: 200,
      body: {
        content_backend: backendName,
        repository: await repositoryStats(store),
        caches: caches.stats(),
        metadata: metadata.counts(),
      },
    }),
  });
}

const EXAMPLE: Stats = {
  content_backend: "embedded",
  repository: { blocks: 1234, bytes: 345_678_901, location: "/home/me/.local/share/ipfs-kit" },
  caches: [
    {
      name: "memory",
      hits: 900,
      misses: 100,
      hit_rate: 0.9,
      bytes: 12_345_678,
      max_bytes: 67_108_864,
      entries: 345,
      evictions: 0,
      dropped: 0,
      faults: 0,
    },
  ],
  metadata: { records: 12, pending: 0 },
};

/** A store that does not answer keeps nobody from the other numbers. */
async function repositoryStats(store: StatsComponents["store"]): Promise<Stats["repository"]> {
  try {
    const { blocks, bytes, maxBytes, location } = await withTimeout(
      STATS_MS,
      "Counting the content",
      async (signal) => store.stats({ signal }),
    );
    return { blocks, bytes, max_bytes: maxBytes, location };
  } catch (error) {
    return { reason_code: errorCodeOf(error) };
  }
}
