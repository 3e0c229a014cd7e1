import { createServer, type IpfsKitServer } from "@ipfs-kit/mcp-server";
import {
  addLineSchema,
  existsSchema,
  healthSchema,
  pinListSchema,
  problemSchema,
  statsSchema,
  versionSchema,
} from "@ipfs-kit/core/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { formOf } from "./support/multipart.ts";

let server: IpfsKitServer;

beforeAll(async () => {
  server = createServer({ port: 0, isolation: true });
  await server.start();
});

afterAll(async () => server.stop());

const get = async (path: string) => fetch(server.url + path);

describe("a server", () => {
  it("keeps what was added and lists it, newest first, in pages", async () => {
    const files = { "one.txt": "one", "two.txt": "two", "three.mp4": new Uint8Array(3_000_000) };
    const added = await fetch(`${server.url}/api/v0/add`, { method: "POST", body: formOf(files) });
    const lines = (await added.text()).trimEnd().split("\n");
    const hashes = lines.map((line) => addLineSchema.parse(JSON.parse(line)).Hash);
    expect(hashes[0]).toBe("bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u");

    const first = pinListSchema.parse(await (await get("/api/v0/pins?limit=2")).json());
    const rest = pinListSchema.parse(
      await (
        await get(`/api/v0/pins?cursor=${encodeURIComponent(first.next_cursor ?? "")}`)
      ).json(),
    );
    expect([...first.pins, ...rest.pins].map(({ cid }) => cid)).toEqual(hashes.toReversed());
    expect(rest.next_cursor).toBeUndefined();
    expect(first.pins[0]).toMatchObject({
      name: "three.mp4",
      size: 3_000_000,
      media_type: "video/mp4",
    });
  });

  it.each([
    "limit=0",
    "limit=1001",
    "limit=ten",
    "limit=-1",
    "cursor=",
    `cursor=${"x".repeat(600)}`,
  ])("refuses pages by %s", async (query) => {
    const answer = await get(`/api/v0/pins?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: "invalid_request",
      errors: [{ parameter: query.split("=")[0] }],
    });
  });

  it("refuses a cursor it did not make", async () => {
    expect((await get("/api/v0/pins?cursor=%00made-up")).status).toBe(400);
  });

  it("tells how its parts are", async () => {
    for (const path of ["/health", "/api/v0/health"]) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      const names = healthSchema.parse(await answer.json()).components.map(({ name }) => name);
      expect(names).toEqual(["content", "caches", "gateway", "webrtc", "transcoder", "dashboard"]);
    }
    expect((await get("/readyz")).status).toBe(200);
  });

  it("is degraded after a file found no room, until the next one is kept", async () => {
    await using small = createServer({ port: 0, isolation: true, storageMaxBytes: 1_000_000 });
    await small.start();
    const add = async (bytes: number) =>
      fetch(`${small.url}/api/v0/add`, {
        method: "POST",
        body: formOf({ a: new Uint8Array(bytes) }),
      });
    const content = async () => {
      const answer = await fetch(`${small.url}/health`);
      expect(answer.status).toBe(200);
      const { components } = healthSchema.parse(await answer.json());
      return components.find(({ name }) => name === "content");
    };
    expect(await content()).toEqual({ name: "content", status: "ok" });
    expect((await add(3_000_000)).status).toBe(507);
    expect(await content()).toMatchObject({ status: "degraded", reason_code: "storage_full" });
    expect((await add(10)).status).toBe(200);
    expect(await content()).toEqual({ name: "content", status: "ok" });
  });

  it("tells what it holds, and what its caches do", async () => {
    const form = formOf({ "stats.txt": "counted" });
    const added = await fetch(`${server.url}/api/v0/add`, { method: "POST", body: form });
    const { Hash = "" } = addLineSchema.parse(await added.json());
    const read = async () => fetch(`${server.url}/api/v0/cat?arg=${Hash}`, { method: "POST" });
    expect(await (await read()).text()).toBe("counted");
    expect(await (await read()).text()).toBe("counted");
    const stats = statsSchema.parse(await (await get("/api/v0/stats")).json());
    const [memory] = stats.caches;
    expect(stats).toMatchObject({ content_backend: "embedded", caches: [{ name: "memory" }] });
    expect(memory?.hits).toBeGreaterThan(0);
    expect(memory?.bytes).toBeGreaterThan(0);
    expect(stats.repository.bytes).toBeGreaterThan(0);
    expect(stats.metadata.records).toBeGreaterThan(0);
  });

  it("tells whether something is here", async () => {
    const form = formOf({ "here.txt": "here" });
    const added = await fetch(`${server.url}/api/v0/add`, { method: "POST", body: form });
    const { Hash = "" } = addLineSchema.parse(await added.json());
    const exists = async (cid: string) =>
      existsSchema.parse(await (await get(`/api/v0/exists/${cid}`)).json());
    expect(await exists(Hash)).toEqual({ cid: Hash, exists: true });
    const nowhere = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    expect(await exists(nowhere)).toEqual({ cid: nowhere, exists: false });
    const bad = await get("/api/v0/exists/not-a-cid");
    expect(bad.status).toBe(400);
    expect(problemSchema.parse(await bad.json()).code).toBe("invalid_cid");
  });

  it("tells its version to both kinds of clients", async () => {
    for (const method of ["GET", "POST"]) {
      const answer = await fetch(`${server.url}/api/v0/version`, { method });
      expect(versionSchema.parse(await answer.json()).runtime).toMatch(/^node \d+/);
    }
  });

  it.each(["/ws/webrtc", "/webrtc", "/webrtc/ws"])("speaks signaling at %s", async (path) => {
    const socket = new WebSocket(server.url.replace("http", "ws") + path);
    const messages: unknown[] = [];
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    socket.on("message", (data: Buffer) => {
      messages.push(JSON.parse(data.toString()));
      if (messages.length === 1) socket.send('{"type":"ping"}');
      else resolve();
    });
    await answered;
    expect(messages).toMatchObject([{ type: "welcome", protocol: "1" }, { type: "pong" }]);
    socket.terminate();
  });

  it.each([{ host: "0.0.0.0" }, { gatewayHost: "0.0.0.0" }])(
    "refuses %o, which others can reach, while nobody could sign in",
    async (init) => {
      const open = createServer({ port: 0, isolation: true, ...init });
      await expect(open.start()).rejects.toThrow(/no token to .* --isolation/);
    },
  );

  it("has no address before it is started, and lives once", async () => {
    const other = createServer({ port: 0, isolation: true });
    expect(() => other.url).toThrow(/not started/);
    await other.stop();
    await expect(other.start()).rejects.toThrow(/was stopped/);
  });
});
