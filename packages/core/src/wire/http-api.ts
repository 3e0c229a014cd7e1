import * as z from "zod/mini";

/** One line of the answer to `POST /api/v0/add`, as Kubo sends it: progress lines, then results. */
export const addLineSchema = z.object({
  Name: z.string(),
  /** Bytes taken in so far: a progress line. */
  Bytes: z.optional(z.int()),
  /** The CID: a result line. */
  Hash: z.optional(z.string()),
  /** Bytes of all blocks of the DAG as its links count them, as a decimal string. */
  Size: z.optional(z.string()),
});

export type AddLine = z.infer<typeof addLineSchema>;

export const componentHealthSchema = z.object({
  name: z.string(),
  status: z.enum(["ok", "degraded", "unavailable", "disabled"]),
  reason_code: z.optional(z.string()),
  reason: z.optional(z.string()),
});

export type ComponentHealth = z.infer<typeof componentHealthSchema>;

/** `GET /api/v0/health`. */
export const healthSchema = z.object({
  status: z.enum(["ok", "degraded", "unavailable"]),
  components: z.array(componentHealthSchema),
});

export type Health = z.infer<typeof healthSchema>;

/** `GET /livez`: the process answers. */
export const livenessSchema = z.object({ status: z.literal("ok") });

export type Liveness = z.infer<typeof livenessSchema>;

/** `GET /api/v0/version`. Kubo's clients read `Version`, ours `version`. */
export const versionSchema = z.object({
  Version: z.string(),
  version: z.string(),
  runtime: z.string(),
});

export type Version = z.infer<typeof versionSchema>;

export const pinRowSchema = z.object({
  cid: z.string(),
  name: z.optional(z.string()),
  /** Absent when the store does not know. */
  size: z.optional(z.int()),
  media_type: z.optional(z.string()),
  /** ISO 8601, UTC. Absent when the store does not know: Kubo does not write it down. */
  pinned_at: z.optional(z.string()),
});

export type PinRow = z.infer<typeof pinRowSchema>;

/** `GET /api/v0/pins?limit&cursor`, newest first. */
export const pinListSchema = z.object({
  pins: z.array(pinRowSchema),
  next_cursor: z.optional(z.string()),
});

export type PinList = z.infer<typeof pinListSchema>;

/** The line on stdout that says everything is bound. */
export const readySchema = z.object({
  event: z.literal("ready"),
  pid: z.int(),
  http: z.string(),
  /** Absent when it is switched off. */
  gateway: z.optional(z.string()),
  dashboard: z.string(),
  content_backend: z.string(),
});

export type Ready = z.infer<typeof readySchema>;
