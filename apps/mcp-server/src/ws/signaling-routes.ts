import type { Logger } from "@ipfs-kit/core";
import { MAX_SIGNALING_MESSAGE_BYTES } from "@ipfs-kit/core/wire";
import { connectSignaling, type StreamingManager } from "@ipfs-kit/webrtc-streaming";

import type { SocketRoute } from "./router.ts";
import { SessionQuota } from "./session-quota.ts";

/** Where the signaling protocol is spoken; the later two are names of older clients. */
export const SIGNALING_PATHS: readonly string[] = ["/ws/webrtc", "/webrtc", "/webrtc/ws"];

export interface SignalingRoutesInit {
  manager: StreamingManager;
  /** Sessions of one address. */
  maxSessionsPerAddress: number;
  logger: Logger;
}

/** The WebSockets over which viewers ask for content; a viewer may. */
export function signalingRoutes({
  manager,
  maxSessionsPerAddress,
  logger,
}: SignalingRoutesInit): ReadonlyMap<string, SocketRoute> {
  const quota = new SessionQuota(manager, maxSessionsPerAddress);
  const route: SocketRoute = {
    maxMessageBytes: MAX_SIGNALING_MESSAGE_BYTES,
    access: "viewer",
    connect: (socket, { address }) =>
      connectSignaling({ manager: quota.of(address), socket, logger }),
  };
  return new Map(SIGNALING_PATHS.map((path) => [path, route]));
}
