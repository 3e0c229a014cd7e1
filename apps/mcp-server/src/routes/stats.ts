import { type ContentRepository, errorCodeOf, withTimeout } from "@ipfs-kit/core";
import type { Stats } from "@ipfs-kit/core/wire";

import type { Caches } from "../content/caches.ts";
import { STATS_MS } from "../defaults.ts";
import type { MetadataStore } from "../metadata/metadata-store.ts";

export interface StatsComponents {
  store: Pick<ContentRepository, "stats">;
  backendName: string;
  caches: Pick<Caches, "stats">;
  metadata: Pick<MetadataStore, "counts">;
}

/** `GET /api/v0/stats`: what is held, and what the caches do. */
export function showStats(components: StatsComponents): () => Promise<Response> {
  const { store, backendName, caches, metadata } = components;
  return async () => {
    const body: Stats = {
      content_backend: backendName,
      repository: await repositoryStats(store),
      caches: caches.stats(),
      metadata: metadata.counts(),
    };
    return Response.json(body, { headers: { "cache-control": "no-store" } });
  };
}

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
