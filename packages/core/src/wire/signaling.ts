import * as z from "zod/mini";

import { errorCodeSchema } from "./problem.ts";

/** Sub-protocol version announced in `welcome`. */
export const SIGNALING_PROTOCOL = "1";
/** A message larger than this is refused. */
export const MAX_SIGNALING_MESSAGE_BYTES = 64 * 1024;
/** A session description larger than this is refused. */
export const MAX_SDP_CHARACTERS = 32 * 1024;
/** A candidate line is around 150 characters. */
const MAX_CANDIDATE_CHARACTERS = 1024;

const id = z.string().check(z.minLength(1), z.maxLength(128));
const cid = z.string().check(z.minLength(1), z.maxLength(512));
const sdp = z.string().check(z.minLength(1), z.maxLength(MAX_SDP_CHARACTERS));
const seconds = z.number().check(z.nonnegative(), z.maximum(1e7));

/** What may be asked for in one offer. `"av"` is video and audio, as far as the content has them. */
export const mediaKindSchema = z.enum(["video", "audio", "av", "data"]);

/** A preset, `"auto"`, or 0-100, which maps to the nearest preset. */
export const qualitySchema = z.union([
  z.enum(["auto", "very_low", "low", "medium", "high", "very_high"]),
  z.number().check(z.minimum(0), z.maximum(100)),
]);

const offerRequest = z.object({
  type: z.literal("offer_request"),
  cid,
  kind: z.optional(mediaKindSchema),
  quality: z.optional(qualitySchema),
  start_at_seconds: z.optional(seconds),
  session_id: z.optional(id),
});

const answer = z.object({
  type: z.literal("answer"),
  pc_id: id,
  sdp,
  sdpType: z.optional(z.literal("answer")),
});

/** A trickled ICE candidate; the same shape both ways. An empty line ends the candidates. */
const candidate = z.object({
  type: z.literal("candidate"),
  pc_id: id,
  candidate: z.string().check(z.maxLength(MAX_CANDIDATE_CHARACTERS)),
  sdpMid: z.optional(z.nullable(z.string().check(z.maxLength(64)))),
  sdpMLineIndex: z.optional(z.nullable(z.int().check(z.nonnegative(), z.maximum(255)))),
});

const control = z.object({
  type: z.literal("control"),
  pc_id: id,
  action: z.enum(["play", "pause", "seek"]),
  position_seconds: z.optional(seconds),
});

const addTrack = z.object({
  type: z.literal("add_track"),
  pc_id: id,
  cid,
  kind: z.optional(mediaKindSchema),
});
const removeTrack = z.object({ type: z.literal("remove_track"), pc_id: id, mid: z.string() });
const setQuality = z.object({ type: z.literal("set_quality"), pc_id: id, quality: qualitySchema });
const restartIce = z.object({ type: z.literal("restart_ice"), pc_id: id });
const getStats = z.object({ type: z.literal("get_stats"), pc_id: z.optional(id) });
const close = z.object({ type: z.literal("close"), pc_id: z.optional(id) });
const ping = z.object({ type: z.literal("ping") });

/** Everything a viewer may say. Unknown fields are ignored. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  offerRequest,
  answer,
  candidate,
  control,
  addTrack,
  removeTrack,
  setQuality,
  restartIce,
  getStats,
  close,
  ping,
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** What any message may say it is about; read from messages that are wrong in other ways. */
export const claimSchema = z.object({ pc_id: z.optional(id), cid: z.optional(cid) });

/** The names of the messages above: a type outside this list is answered with `not_supported`. */
export const CLIENT_MESSAGE_TYPES: readonly ClientMessage["type"][] = [
  "offer_request",
  "answer",
  "candidate",
  "control",
  "add_track",
  "remove_track",
  "set_quality",
  "restart_ice",
  "get_stats",
  "close",
  "ping",
];

export const offeredTrackSchema = z.object({
  mid: z.string(),
  kind: z.enum(["video", "audio"]),
  codec: z.string(),
  cid: z.string(),
});

const pathEndSchema = z.object({
  type: z.string(),
  address: z.string(),
  port: z.int(),
  protocol: z.string(),
});

/**
 * Numbers of one connection, as far as they are known: a value not known is absent, never 0.
 * `bytes_sent` counts payload, repeats included, as W3C `outbound-rtp` does; `bandwidth_kbps` is all
 * that leaves, with headers. `packet_loss_percent` is over the last five seconds.
 */
export const connectionStatsSchema = z.object({
  bytes_sent: z.optional(z.int()),
  packets_sent: z.optional(z.int()),
  frames_sent: z.optional(z.int()),
  frames_dropped: z.optional(z.int()),
  key_frames_sent: z.optional(z.int()),
  frame_rate: z.optional(z.number()),
  frame_width: z.optional(z.int()),
  frame_height: z.optional(z.int()),
  codec: z.optional(z.string()),
  packets_lost: z.optional(z.int()),
  packet_loss_percent: z.optional(z.number()),
  rtt_ms: z.optional(z.number()),
  jitter_ms: z.optional(z.number()),
  bandwidth_kbps: z.optional(z.number()),
  nack_count: z.optional(z.int()),
  pli_count: z.optional(z.int()),
  fir_count: z.optional(z.int()),
  retransmitted_packets: z.optional(z.int()),
  retransmitted_bytes: z.optional(z.int()),
  pacer_delay_ms: z.optional(z.number()),
  pacer_delay_total_ms: z.optional(z.number()),
  ice_gathering_time_ms: z.optional(z.number()),
  ice_connection_time_ms: z.optional(z.number()),
  dtls_time_ms: z.optional(z.number()),
  first_frame_sent_ms: z.optional(z.number()),
  position_seconds: z.optional(z.number()),
  duration_seconds: z.optional(z.number()),
  relayed: z.optional(z.boolean()),
  candidate_pair: z.optional(z.object({ local: pathEndSchema, remote: pathEndSchema })),
});

export type ConnectionStats = z.infer<typeof connectionStatsSchema>;

const welcome = z.object({
  type: z.literal("welcome"),
  client_id: z.string(),
  protocol: z.string(),
  capabilities: z.array(z.string()),
  ice_servers: z.array(
    z.object({
      urls: z.union([z.string(), z.array(z.string())]),
      username: z.optional(z.string()),
      credential: z.optional(z.string()),
    }),
  ),
  limits: z.record(z.string(), z.number()),
});

const offer = z.object({
  type: z.literal("offer"),
  pc_id: z.string(),
  sdp: z.string(),
  sdpType: z.literal("offer"),
  tracks: z.array(offeredTrackSchema),
});

const connected = z.object({
  type: z.literal("connected"),
  pc_id: z.string(),
  connection_time_ms: z.number(),
});

const controlResult = z.object({
  type: z.literal("control_result"),
  pc_id: z.string(),
  position_seconds: z.number(),
  duration_seconds: z.optional(z.number()),
  success: z.boolean(),
});

const stats = z.object({
  type: z.literal("stats"),
  pc_id: z.optional(z.string()),
  connection_stats: z.union([connectionStatsSchema, z.record(z.string(), connectionStatsSchema)]),
});

const closed = z.object({ type: z.literal("closed"), pc_id: z.string() });
const closedAll = z.object({ type: z.literal("closed_all") });
const pong = z.object({ type: z.literal("pong"), timestamp: z.string() });

/** Something that happened to a connection, or to the preparation of one, of this socket. */
const notification = z.object({
  type: z.literal("notification"),
  notification_type: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const error = z.object({
  type: z.literal("error"),
  code: errorCodeSchema,
  message: z.string(),
  pc_id: z.optional(z.string()),
  /** The CID of the request that failed before there was a connection. */
  cid: z.optional(z.string()),
});

/** Everything the server may say. */
export const serverMessageSchema = z.discriminatedUnion("type", [
  welcome,
  offer,
  connected,
  candidate,
  controlResult,
  stats,
  closed,
  closedAll,
  pong,
  notification,
  error,
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type CandidateMessage = z.infer<typeof candidate>;
export type OfferedTrack = z.infer<typeof offeredTrackSchema>;
export type Quality = z.infer<typeof qualitySchema>;
export type MediaKind = z.infer<typeof mediaKindSchema>;

/** `notification_type` of the progress of turning content into a form browsers play. */
export const PREPARING = "webrtc_preparing";

/** `data` of a {@link PREPARING} notification. */
export const preparingSchema = z.object({
  cid: z.string(),
  /** 0-100; absent while the length of the content is not known. */
  percent: z.optional(z.number()),
  /** What is done and why, for people: `"mpeg4 → h264, aac → opus"`. */
  detail: z.string(),
});

export type Preparing = z.infer<typeof preparingSchema>;
