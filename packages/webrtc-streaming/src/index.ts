/**
 * Plays video and audio by CID in a browser over WebRTC. Content that browsers take is sent as it
 * is; other content is converted once and found again by its CID.
 *
 * @example
 * import { createServer } from "node:http";
 * import { connectSignaling, createStreamingManager, findTranscoder } from "@ipfs-kit/webrtc-streaming";
 * import { WebSocketServer } from "ws";
 *
 * const manager = createStreamingManager({ store, transcoder: await findTranscoder() });
 * await manager.start();
 * new WebSocketServer({ server: createServer().listen(8000) }).on("connection", (socket) => {
 *   const peer = connectSignaling({ manager, socket });
 *   socket.on("message", (data) => peer.receive(String(data)));
 *   socket.on("close", () => void peer.disconnected());
 * });
 *
 * @module
 */
export { AdaptiveBitrateController } from "./adaptive/adaptive-bitrate-controller.ts";
export type { AdaptiveBitrateControllerInit } from "./adaptive/adaptive-bitrate-controller.ts";
export type { AdaptiveDecision, AdaptiveInput, Entry, ReasonCode } from "./adaptive/decision.ts";
export { buildLadder } from "./adaptive/ladder.ts";
export type { Ladder, LadderSource, Rung } from "./adaptive/ladder.ts";
export { PRESETS } from "./adaptive/quality.ts";
export type { PresetName, Quality } from "./adaptive/quality.ts";
export type { ConversionProgress } from "./content/conversions.ts";
export { probeMedia } from "./content/probe-media.ts";
export type { MediaFacts } from "./content/probe-media.ts";
export { createFileRenditionIndex, createMemoryRenditionIndex } from "./content/rendition-index.ts";
export type { RenditionIndex } from "./content/rendition-index.ts";
export { createStreamingManager } from "./manager.ts";
export type { OpenRequest, StreamingManager, StreamingManagerInit } from "./manager.ts";
export type {
  Candidate,
  PlaybackPosition,
  Session,
  SessionEvents,
  SessionState,
} from "./session/session.ts";
export { connectSignaling } from "./signaling.ts";
export type { SignalingInit, SignalingPeer, SignalingSocket } from "./signaling.ts";
export { SENT_CODECS } from "./source/rtp-format.ts";
export { findTranscoder } from "./transcode/find-transcoder.ts";
export type {
  MediaInput,
  Transcoder,
  TranscoderInit,
  TranscodeRequest,
} from "./transcode/transcoder.ts";
