import type { StreamingManager, Transcoder } from "@ipfs-kit/webrtc-streaming";

import { MAX_SESSIONS } from "./defaults.ts";
import type { HealthProbe } from "./routes/health.ts";
import type { WriteRecord } from "./write-record.ts";

export interface ProbeComponents {
  store: Pick<WriteRecord, "listPins" | "lastFailure">;
  manager: Pick<StreamingManager, "list">;
  /** Absent when none was found. */
  transcoder: Pick<Transcoder, "name"> | undefined;
  dashboardBuilt: boolean;
}

/** How the parts of a server are asked for their health. */
export function probesOf(components: ProbeComponents): HealthProbe[] {
  const { store, manager, transcoder, dashboardBuilt } = components;
  return [
    {
      name: "content",
      probe: async (signal) => {
        await store.listPins({ limit: 1, signal });
        return store.lastFailure === undefined
          ? { status: "ok" }
          : {
              status: "degraded",
              reason_code: store.lastFailure,
              reason: "The last file could not be added; what is there can be read.",
            };
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
