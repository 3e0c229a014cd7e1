import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";

import {
  type ComponentHealth,
  healthSchema,
  pinListSchema,
  statsSchema,
} from "@ipfs-kit/core/wire";
import { createServer, type IpfsKitServer } from "@ipfs-kit/mcp-server";
import { describeWithKubo, type RunningKubo, seededBytes, startKubo } from "@ipfs-kit/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { addFile } from "./support/add-file.ts";

let persistencePath: string;

beforeEach(async () => {
  persistencePath = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
});

afterEach(async () => {
  await rm(persistencePath, { recursive: true, force: true });
});

async function start(kuboApi: string): Promise<IpfsKitServer> {
  const server = createServer({ port: 0, persistencePath, kuboApi });
  await server.start();
  return server;
}

async function contentHealth({ url }: IpfsKitServer): Promise<ComponentHealth | undefined> {
  const { components } = healthSchema.parse(await (await fetch(`${url}/health`)).json());
  return components.find(({ name }) => name === "content");
}

const read = async ({ gatewayUrl = "" }: IpfsKitServer, cid: string) =>
  Buffer.from(await (await fetch(`${gatewayUrl}/ipfs/${cid}`)).arrayBuffer());

describe("a Kubo that is not there", () => {
  it("keeps no server from starting; its health says what is missing", async () => {
    // A port nobody listens on any more.
    const gone = createHttpServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const address = gone.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    gone.close();
    await using server = await start(`/ip4/127.0.0.1/tcp/${port}`);
    expect(await contentHealth(server)).toMatchObject({
      status: "unavailable",
      reason_code: "unreachable",
    });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    const stats = statsSchema.parse(await (await fetch(`${server.url}/api/v0/stats`)).json());
    expect(stats).toMatchObject({
      content_backend: "kubo",
      repository: { reason_code: "unavailable" },
      caches: [{ name: "memory" }, { name: "disk", max_bytes: 1024 ** 3 }],
    });
  });

  it("is never contacted in isolation, and its address is checked", async () => {
    const kuboApi = "http://127.0.0.1:5001";
    expect(() => createServer({ isolation: true, kuboApi })).toThrow(/contacts no daemon/);
    const bad = createServer({ port: 0, persistencePath, kuboApi: "/ip4/1.2.3.4/udp/1" });
    await expect(bad.start()).rejects.toThrow(/--kubo-api/);
  });
});

describeWithKubo("a server in front of Kubo", () => {
  let kubo: RunningKubo;
  beforeAll(async () => {
    kubo = await startKubo();
  }, 60_000);
  afterAll(async () => kubo.stop());

  it("keeps content there, and serves it", { timeout: 60_000 }, async () => {
    await using server = await start(kubo.api);
    expect(await contentHealth(server)).toMatchObject({ status: "ok", reason: /^Kubo 0\./ });
    const bytes = seededBytes(3_000_000, 11);
    const cid = await addFile(server, "kept.bin", bytes);
    expect(await kubo.run(["pin", "ls", "--type=recursive", "-q"])).toContain(cid);
    expect(Buffer.compare(await read(server, cid), bytes)).toBe(0);
    const record = await (await fetch(`${server.url}/api/v0/metadata/${cid}`)).json();
    expect(record).toMatchObject({ cid, name: "kept.bin", size: 3_000_000 });
    const { pins } = pinListSchema.parse(await (await fetch(`${server.url}/api/v0/pins`)).json());
    // Kubo itself knows neither.
    expect(pins.find((pin) => pin.cid === cid)).toMatchObject({
      size: 3_000_000,
      media_type: "application/octet-stream",
    });
  });

  it(
    "serves what it has served before while Kubo is frozen, also after a restart",
    { timeout: 60_000 },
    async () => {
      const bytes = seededBytes(2_500_000, 12);
      let cid = "";
      {
        await using server = await start(kubo.api);
        cid = await addFile(server, "cached.bin", bytes);
        expect(Buffer.compare(await read(server, cid), bytes)).toBe(0);
        kubo.signal("SIGSTOP");
        try {
          expect(Buffer.compare(await read(server, cid), bytes)).toBe(0);
        } finally {
          kubo.signal("SIGCONT");
        }
      }
      await kubo.kill();
      {
        await using server = await start(kubo.api);
        expect(Buffer.compare(await read(server, cid), bytes)).toBe(0);
        expect(await contentHealth(server)).toMatchObject({ status: "unavailable" });
        await kubo.restart();
        await expect
          .poll(async () => (await contentHealth(server))?.status, { timeout: 30_000 })
          .toBe("ok");
      }
    },
  );
});
