import type { Capabilities } from "@ipfs-kit/core/wire";

import { limitsOf } from "../limits.ts";

/** A server as it starts with its defaults, on a machine that has ffmpeg. */
export const EXAMPLE_CAPABILITIES: Capabilities = {
  version: "1.0.0",
  runtime: "node 24.21.0",
  content: { backend: "embedded", verifies_repository: true },
  gateway: { url: "http://127.0.0.1:8080" },
  media: {
    video_codecs: ["avc", "vp8", "vp9", "av1"],
    audio_codecs: ["opus"],
    transcoder: "ffmpeg",
  },
  webrtc: { available: true, signaling_paths: ["/ws/webrtc", "/webrtc", "/webrtc/ws"] },
  libp2p: { available: false, transports: [], reason_code: "not_supported" },
  auth: { mode: "open", roles: ["viewer", "operator", "admin"] },
  limits: limitsOf({}),
};
