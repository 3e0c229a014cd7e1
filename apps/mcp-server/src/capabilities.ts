import type { Capabilities } from "@ipfs-kit/core/wire";
import { SENT_CODECS, type Transcoder } from "@ipfs-kit/webrtc-streaming";

import type { ContentBackend } from "./content/backend.ts";
import { ROLES } from "./edge/access.ts";
import { limitsOf } from "./limits.ts";
import type { ServerInit } from "./server-init.ts";
import { RUNTIME, VERSION } from "./version.ts";
import { SIGNALING_PATHS } from "./ws/signaling-routes.ts";

export interface CapabilitiesInit {
  /** What the server was told; some of it can change while it runs. */
  init: ServerInit;
  backend: Pick<ContentBackend, "name" | "verifyBlocks">;
  /** The one that was found to work, if any. */
  transcoder: Pick<Transcoder, "name"> | undefined;
  /** Where the gateway is bound; nowhere when it is switched off. */
  gatewayUrl: string | undefined;
  /** Whether a request needs a token now. */
  needsToken: boolean;
}

/** What a server can do, from what its parts turned out to be when it started. */
export function capabilitiesOf({
  init,
  backend,
  transcoder,
  gatewayUrl,
  needsToken,
}: CapabilitiesInit): Capabilities {
  return {
    version: VERSION,
    runtime: RUNTIME,
    content: {
      backend: backend.name,
      verifies_repository: backend.verifyBlocks !== undefined,
    },
    ...(gatewayUrl === undefined ? {} : { gateway: { url: gatewayUrl } }),
    media: {
      video_codecs: [...SENT_CODECS.video],
      audio_codecs: [...SENT_CODECS.audio],
      ...(transcoder === undefined ? {} : { transcoder: transcoder.name }),
    },
    webrtc: { available: true, signaling_paths: [...SIGNALING_PATHS] },
    libp2p: { available: false, transports: [], reason_code: "not_supported" },
    auth: { mode: needsToken ? "token" : "open", roles: [...ROLES] },
    limits: limitsOf(init),
  };
}
