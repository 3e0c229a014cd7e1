import type { ClientMessage, ServerMessage } from "@ipfs-kit/core/wire";

/** What is to be said of a message. */
interface MessageNote<Message> {
  summary: string;
  example: Message;
}

type Notes<Message extends { type: string }> = {
  readonly [Type in Message["type"]]: MessageNote<Extract<Message, { type: Type }>>;
};

const CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
const PC = "pc-7d1f";
const SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const TRACKS = [
  { mid: "0", kind: "video" as const, codec: "H264", cid: CID },
  { mid: "1", kind: "audio" as const, codec: "opus", cid: CID },
];
const CANDIDATE = "candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host";

/** What a viewer may say. */
export const CLIENT_NOTES: Notes<ClientMessage> = {
  offer_request: {
    summary: "Asks for content to be played; the server answers with an offer.",
    example: { type: "offer_request", cid: CID, kind: "av", start_at_seconds: 12.5 },
  },
  answer: {
    summary: "The answer to an offer.",
    example: { type: "answer", pc_id: PC, sdp: SDP, sdpType: "answer" },
  },
  candidate: {
    summary: "An ICE candidate; an empty one ends them.",
    example: { type: "candidate", pc_id: PC, candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 },
  },
  control: {
    summary: "Plays, pauses or seeks.",
    example: { type: "control", pc_id: PC, action: "seek", position_seconds: 30 },
  },
  add_track: {
    summary: "Adds content to a connection. Answered with `not_supported` so far.",
    example: { type: "add_track", pc_id: PC, cid: CID, kind: "audio" },
  },
  remove_track: {
    summary: "Takes a track from a connection. Answered with `not_supported` so far.",
    example: { type: "remove_track", pc_id: PC, mid: "1" },
  },
  set_quality: {
    summary: "Chooses a quality: a preset, or 0 to 100. Answered with `not_supported` so far.",
    example: { type: "set_quality", pc_id: PC, quality: "auto" },
  },
  restart_ice: {
    summary: "Asks for a new offer on other addresses. Answered with `not_supported` so far.",
    example: { type: "restart_ice", pc_id: PC },
  },
  get_stats: {
    summary: "Asks for the numbers of one connection, or of all of this socket.",
    example: { type: "get_stats", pc_id: PC },
  },
  close: {
    summary: "Ends one connection, or all of this socket.",
    example: { type: "close", pc_id: PC },
  },
  ping: { summary: "Asks for a pong.", example: { type: "ping" } },
};

/** What the server may say. */
export const SERVER_NOTES: Notes<ServerMessage> = {
  welcome: {
    summary: "The first message of a socket.",
    example: {
      type: "welcome",
      client_id: "c-19",
      protocol: "1",
      capabilities: ["video", "audio"],
      ice_servers: [],
      limits: { message_bytes: 65_536, sdp_characters: 32_768, sessions: 16 },
    },
  },
  offer: {
    summary: "The offer that was asked for. It is made before candidates are gathered.",
    example: { type: "offer", pc_id: PC, sdp: SDP, sdpType: "offer", tracks: TRACKS },
  },
  candidate: {
    summary: "An ICE candidate of the server; an empty one ends them.",
    example: { type: "candidate", pc_id: PC, candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 },
  },
  connected: {
    summary: "ICE and DTLS are up.",
    example: { type: "connected", pc_id: PC, connection_time_ms: 84.2 },
  },
  control_result: {
    summary: "Where the playing is, after a control.",
    example: {
      type: "control_result",
      pc_id: PC,
      position_seconds: 30,
      duration_seconds: 61.44,
      success: true,
    },
  },
  stats: {
    summary: "Numbers of a connection, or of each. A number nobody knows is absent.",
    example: {
      type: "stats",
      pc_id: PC,
      connection_stats: { bytes_sent: 1_234_567, packets_sent: 1100, codec: "H264", rtt_ms: 2.1 },
    },
  },
  closed: { summary: "A connection ended.", example: { type: "closed", pc_id: PC } },
  closed_all: {
    summary: "All connections of this socket ended.",
    example: { type: "closed_all" },
  },
  pong: {
    summary: "The answer to a ping.",
    example: { type: "pong", timestamp: "2026-11-21T12:00:00.000Z" },
  },
  notification: {
    summary: "Something happened to a connection of this socket, or to the preparation of one.",
    example: {
      type: "notification",
      notification_type: "webrtc_preparing",
      data: { cid: CID, percent: 25, detail: "mpeg4 → h264" },
    },
  },
  error: {
    summary: "A request failed; `code` is one of the closed list of the HTTP API.",
    example: { type: "error", code: "not_found", message: "Nothing is known of it.", cid: CID },
  },
};
