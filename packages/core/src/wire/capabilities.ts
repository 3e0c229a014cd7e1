import * as z from "zod/mini";

/** A limit; 0 is none where the description says so. */
const limit = z.int().check(z.nonnegative());
const seconds = z.number().check(z.nonnegative());

/** What is in force. Sizes in bytes, times in seconds. */
export const limitsSchema = z.object({
  storage_max_bytes: limit,
  block_bytes: limit,
  dag_depth: limit,
  links_per_node: limit,
  blocks_per_request: limit,
  json_body_bytes: limit,
  json_depth: limit,
  page_rows: limit,
  uploads: limit,
  calls: limit,
  upload_idle_seconds: seconds,
  first_byte_seconds: seconds,
  answer_idle_seconds: seconds,
  drain_seconds: seconds,
  connections: limit,
  requests_per_second: limit,
  sessions: limit,
  sessions_per_address: limit,
  websockets_per_address: limit,
  signaling_message_bytes: limit,
  sdp_characters: limit,
  websocket_backlog_bytes: limit,
});

export type Limits = z.infer<typeof limitsSchema>;

/** `GET /api/v0/capabilities`: what this server can do, found out when it started. */
export const capabilitiesSchema = z.object({
  version: z.string(),
  runtime: z.string(),
  content: z.object({
    backend: z.string(),
    /** Whether `repo/verify` can read every block again. */
    verifies_repository: z.boolean(),
  }),
  /** Absent when it is switched off. */
  gateway: z.optional(z.object({ url: z.string() })),
  media: z.object({
    /** Sent as they are. */
    video_codecs: z.array(z.string()),
    audio_codecs: z.array(z.string()),
    /** What converts everything else; absent when nothing that works was found. */
    transcoder: z.optional(z.string()),
  }),
  webrtc: z.object({
    available: z.boolean(),
    /** Where the signaling protocol is spoken. */
    signaling_paths: z.array(z.string()),
  }),
  libp2p: z.object({
    available: z.boolean(),
    transports: z.array(z.string()),
    /** Why it is not available. */
    reason_code: z.optional(z.string()),
  }),
  auth: z.object({
    /** `open`: everybody on this machine is an operator. `token`: who has none is a stranger. */
    mode: z.enum(["open", "token"]),
    roles: z.array(z.string()),
  }),
  limits: limitsSchema,
});

export type Capabilities = z.infer<typeof capabilitiesSchema>;
