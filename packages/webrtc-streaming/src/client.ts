/**
 * The viewer: asks an IPFS Kit server for content by its CID and plays what arrives over WebRTC.
 * For browsers, and for Node with a peer connection class of your choice.
 *
 * @example
 * import { createViewer } from "@ipfs-kit/webrtc-streaming/client";
 *
 * const viewer = createViewer({ url: "ws://127.0.0.1:8000/ws/webrtc", RTCPeerConnection, MediaStream });
 * const playback = viewer.open("bafybei…", { startAtSeconds: 5 });
 * playback.on("preparing", ({ detail, percent }) => console.log(detail, percent));
 * playback.on("step", ({ name, ms }) => console.log(`${name} after ${Math.round(ms)} ms`));
 * await playback.whenConnected();
 * video.srcObject = playback.stream;
 * await playback.seek(20);
 * viewer.close();
 *
 * @module
 */
export { createViewer } from "./client/viewer.ts";
export type { Viewer, ViewerInit } from "./client/viewer.ts";
export type { Playback, PlaybackEvents, PlaybackState, PlayOptions } from "./client/playback.ts";
export type { ReceiveStats } from "./client/receive-stats.ts";
export { STEPS } from "./client/step-clock.ts";
export type { CompletedStep, StepName } from "./client/step-clock.ts";
export type {
  IceCandidateLike,
  IceServer,
  PeerConnectionConstructor,
  PeerConnectionLike,
  StatsReportLike,
  StreamConstructor,
  WebSocketConstructor,
  WebSocketLike,
} from "./client/platform.ts";
