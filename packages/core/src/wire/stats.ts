import * as z from "zod/mini";

const countSchema = z.int().check(z.nonnegative());

/** What a cache has done since the start, and what it holds. */
export const cacheStatsSchema = z.object({
  name: z.enum(["memory", "disk"]),
  hits: countSchema,
  misses: countSchema,
  /** Hits of all that was asked for, 0 to 1; absent before the first question. */
  hit_rate: z.optional(z.number().check(z.gte(0), z.lte(1))),
  /** Held now, with what keeping it costs. */
  bytes: countSchema,
  max_bytes: countSchema,
  entries: countSchema,
  evictions: countSchema,
  /** Not kept because writing could not keep up. */
  dropped: countSchema,
  /** Entries found damaged, and writes that failed. */
  faults: countSchema,
});

export type CacheStatsRow = z.infer<typeof cacheStatsSchema>;

/** `GET /api/v0/stats`. */
export const statsSchema = z.object({
  content_backend: z.string(),
  repository: z.object({
    /** Absent when the store cannot tell without counting. */
    blocks: z.optional(countSchema),
    /** Bytes on disk; absent when the store does not answer. */
    bytes: z.optional(countSchema),
    /** The quota; absent when there is none. */
    max_bytes: z.optional(countSchema),
    location: z.optional(z.string()),
    /** Why there are no numbers, e.g. `unavailable`. */
    reason_code: z.optional(z.string()),
  }),
  /** The quickest first; those that are off are left out. */
  caches: z.array(cacheStatsSchema),
  metadata: z.object({
    records: countSchema,
    /** Waiting to be looked at. */
    pending: countSchema,
  }),
});

export type Stats = z.infer<typeof statsSchema>;

/** `GET /api/v0/exists/{cid}`: whether the block is held here, which says nothing of those below it. */
export const existsSchema = z.object({ cid: z.string(), exists: z.boolean() });

export type Exists = z.infer<typeof existsSchema>;
