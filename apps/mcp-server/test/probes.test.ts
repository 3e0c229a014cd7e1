import type { Session } from "@ipfs-kit/webrtc-streaming";
import { describe, expect, it } from "vitest";

import { MAX_SESSIONS } from "../src/defaults.ts";
import { probesOf } from "../src/probes.ts";

/** What the probe of streaming says with so many viewers. */
async function askWith(viewers: number) {
  const sessions: Session[] = [];
  sessions.length = viewers;
  const probes = probesOf({
    backend: { health: async () => ({ status: "ok" }) },
    writes: { lastFailure: undefined },
    caches: { health: () => ({ status: "ok" }) },
    gatewayUrl: () => undefined,
    manager: { list: () => sessions },
    transcoder: undefined,
    dashboardBuilt: true,
  });
  return probes.find(({ name }) => name === "webrtc")?.probe(AbortSignal.timeout(1_000));
}

describe("the health of streaming", () => {
  it("tells how many watch", async () => {
    expect(await askWith(3)).toEqual({ status: "ok", reason: `3 of ${MAX_SESSIONS} viewers` });
  });

  it("is degraded when nobody more can", async () => {
    expect(await askWith(MAX_SESSIONS)).toMatchObject({
      status: "degraded",
      reason_code: "limit_exceeded",
    });
  });
});
