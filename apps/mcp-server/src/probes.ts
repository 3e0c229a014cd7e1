import type { AbortOptions } from "@ipfs-kit/core";
import type { ComponentHealth } from "@ipfs-kit/core/wire";
import type { StreamingManager, Transcoder } from "@ipfs-kit/webrtc-streaming";

import type { Caches } from "./content/caches.ts";
import type { WriteRecord } from "./content/write-record.ts";
import { MAX_SESSIONS } from "./defaults.ts";
import type { HealthProbe } from "./routes/health.ts";

export interface ProbeComponents {
  backend: { health(options: AbortOptions): Promise<Omit<ComponentHealth, "name">> };
  writes: Pick<WriteRecord, "lastFailure">;
  caches: Pick<Caches, "health">;
  /** Where the gateway is; nowhere when it is switched off. */
  gatewayUrl: () => string | undefined;
  manager: Pick<StreamingManager, "list">;
  /** Absent when none was found. */
  transcoder: Pick<Transcoder, "name"> | undefined;
  dashboardBuilt: boolean;
}

/** How the parts of a server are asked for their health. */
export function probesOf(components: ProbeComponents): HealthProbe[] {
  const { backend, writes, caches, gatewayUrl, manager, transcoder, dashboardBuilt } = components;
  return [
    {
      name: "content",
      probe: async (signal) => {
        const health = await backend.health({ signal });
        if (health.status !== "ok" || writes.lastFailure === undefined) return health;
        return {
          status: "degraded",
          reason_code: writes.lastFailure,
          reason: "The last file could not be added; what is there can be read.",
        };
      },
    },
    { name: "caches", probe: async () => caches.health() },
    {
      name: "gateway",
      probe: async () => {
        const url = gatewayUrl();
        return url === undefined
          ? { status: "disabled", reason_code: "switched_off" }
          : { status: "ok", reason: url };
      },
    },
    {
      name: "webrtc",
      probe: async () => {
        const viewers = manager.list().length;
        const reason = `${viewers} of ${MAX_SESSIONS} viewers`;
        return viewers < MAX_SESSIONS
          ? { status: "ok", reason }
          : { status: "degraded", reason_code: "limit_exceeded", reason };
      },
    },
    {
      name: "transcoder",
      probe: async () =>
        transcoder === undefined
          ? {
              status: "degraded",
              reason_code: "no_transcoder",
              reason: "Only what browsers take as it is can be played: install ffmpeg.",
            }
          : { status: "ok", reason: transcoder.name },
    },
    {
      name: "dashboard",
      probe: async () =>
        dashboardBuilt
          ? { status: "ok" }
          : { status: "disabled", reason_code: "not_built", reason: "Run the build." },
    },
  ];
}
