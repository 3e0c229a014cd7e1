import { capabilitiesSchema } from "@ipfs-kit/core/wire";
import { createServer, type IpfsKitServer } from "@ipfs-kit/mcp-server";
import { describe, expect, it } from "vitest";

import { capabilitiesOf } from "../src/capabilities.ts";
import type { ServerInit } from "../src/server-init.ts";
import { adminToken } from "./support/admin-token.ts";

async function started(init: ServerInit): Promise<IpfsKitServer> {
  const server = createServer({ port: 0, isolation: true, ...init });
  await server.start();
  return server;
}

async function capabilities(server: IpfsKitServer, token = "") {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/api/v0/capabilities`, token === "" ? {} : { headers });
  return capabilitiesSchema.parse(await answer.json());
}

describe("/api/v0/capabilities", () => {
  it("says what a server turned out to be", async () => {
    await using server = await started({});
    const found = await capabilities(server);
    expect(found).toMatchObject({
      content: { backend: "embedded", verifies_repository: true },
      gateway: { url: server.gatewayUrl },
      webrtc: { available: true, signaling_paths: ["/ws/webrtc", "/webrtc", "/webrtc/ws"] },
      libp2p: { available: false, transports: [] },
      auth: { mode: "open" },
    });
  });

  it("has the limits that are in force", async () => {
    const init = {
      storageMaxBytes: 5_000_000,
      jsonBodyBytes: 1234,
      maxSessions: 3,
      maxSessionsPerAddress: 2,
      maxConnections: 500,
      rateLimit: 77,
      firstByteSeconds: 11,
      answerIdleSeconds: 12,
      uploadIdleSeconds: 13,
      drainSeconds: 1,
      gateway: false,
    };
    await using server = await started(init);
    const { limits, gateway } = await capabilities(server);
    expect(gateway).toBeUndefined();
    expect(limits).toMatchObject({
      storage_max_bytes: 5_000_000,
      json_body_bytes: 1234,
      sessions: 3,
      sessions_per_address: 2,
      connections: 500,
      requests_per_second: 77,
      first_byte_seconds: 11,
      answer_idle_seconds: 12,
      upload_idle_seconds: 13,
      drain_seconds: 1,
    });
    const body = JSON.stringify({ version: 1, name: "x".repeat(1234) });
    const headers = { "content-type": "application/json" };
    const url = `${server.url}/api/v0/metadata/bafkqaaa`;
    expect((await fetch(url, { method: "PATCH", headers, body })).status).toBe(413);
  });

  it("follows what changes while the server runs", async () => {
    await using server = await started({ rateLimit: 77 });
    server.apply({ rateLimit: 78 });
    expect((await capabilities(server)).limits.requests_per_second).toBe(78);
    const token = await adminToken(server);
    expect((await capabilities(server, token)).auth.mode).toBe("token");
  });

  it("names no transcoder where none works", () => {
    const { media } = capabilitiesOf({
      init: {},
      backend: { name: "kubo" },
      transcoder: undefined,
      gatewayUrl: undefined,
      needsToken: false,
    });
    expect(media).toEqual({ video_codecs: ["avc", "vp8", "vp9", "av1"], audio_codecs: ["opus"] });
  });
});
