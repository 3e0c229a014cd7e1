import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";

import { type Logger, noopLogger } from "@ipfs-kit/core";
import { problemSchema } from "@ipfs-kit/core/wire";
import { createServer, type IpfsKitServer } from "@ipfs-kit/mcp-server";
import { seededBytes } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { addFile } from "./support/add-file.ts";
import { openRaw, readAnswer, sendRaw } from "./support/raw-http.ts";

let server: IpfsKitServer;
let gateway: string;
let cid: string;

beforeAll(async () => {
  server = createServer({ port: 0, isolation: true });
  await server.start();
  gateway = server.gatewayUrl ?? "";
  cid = await addFile(server, "page.html", "<h1>hello</h1>");
});

afterAll(async () => server.stop());

/** A logger that notes the CIDs of one message. */
function listeningFor(message: string, cids: string[]): Logger {
  const logger: Logger = {
    ...noopLogger,
    debug: (text, fields) => {
      if (text === message) cids.push(String(fields?.["cid"]));
    },
    child: () => logger,
  };
  return logger;
}

describe("the gateway of a server", () => {
  it("has an address of its own, and serves content there", async () => {
    expect(new URL(gateway).port).not.toBe(new URL(server.url).port);
    const answer = await fetch(`${gateway}/ipfs/${cid}`);
    expect(await answer.text()).toBe("<h1>hello</h1>");
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(answer.headers.get("x-request-id")).toMatch(/-/);
    const part = await fetch(`${gateway}/ipfs/${cid}`, { headers: { range: "bytes=4-8" } });
    expect([part.status, await part.text()]).toEqual([206, "hello"]);
    const head = await fetch(`${gateway}/ipfs/${cid}`, { method: "HEAD" });
    expect([head.headers.get("content-length"), await head.text()]).toEqual(["14", ""]);
  });

  it("is for pages of any origin, to read", async () => {
    const headers = { origin: "https://any.example", "sec-fetch-site": "cross-site" };
    const answer = await fetch(`${gateway}/ipfs/${cid}`, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    const asked = await fetch(`${gateway}/ipfs/${cid}`, {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "GET" },
    });
    expect(asked.status).toBe(204);
    const posted = await fetch(`${gateway}/ipfs/${cid}`, { method: "POST", headers, body: "x" });
    expect(posted.status).toBe(403);
    expect((await fetch(`${gateway}/ipfs/${cid}`, { method: "POST" })).status).toBe(405);
  });

  it("answers to no name but its own", async () => {
    const { port } = new URL(gateway);
    const request = `GET /ipfs/${cid} HTTP/1.1\r\nHost: rebound.example:${port}\r\nConnection: close\r\n\r\n`;
    const answer = await sendRaw(Number(port), request);
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain("hello");
  });

  it("says where content is", async () => {
    const answer = await fetch(`${gateway}/`);
    expect(answer.status).toBe(200);
    const example = /\/ipfs\/baf\w+/.exec(await answer.text())?.[0] ?? "";
    expect(await (await fetch(gateway + example)).text()).toBe("hello\n");
    expect((await fetch(`${gateway}/`, { method: "POST" })).status).toBe(404);
  });

  it("hands out to the end what is collected meanwhile, and tells of it", async () => {
    const told: string[] = [];
    const init = { port: 0, isolation: true, memoryCacheBytes: 1024 * 1024 };
    await using other = createServer(init, { logger: listeningFor("content_retrieved", told) });
    await other.start();
    const bytes = seededBytes(48 * 1024 * 1024, 9);
    const big = await addFile(other, "big.bin", bytes);
    const answer = await fetch(`${other.gatewayUrl}/ipfs/${big}`);
    const reader = answer.body?.getReader();
    const pieces = [(await reader?.read())?.value ?? new Uint8Array()];
    const post = async (path: string) => fetch(`${other.url}/api/v0/${path}`, { method: "POST" });
    expect((await post(`pin/rm?arg=${big}`)).status).toBe(200);
    expect(await (await post("repo/gc")).text()).toBe("");
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      pieces.push(next.value);
    }
    expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
    await expect.poll(() => told).toEqual([big]);
    // The blocks of 1 MiB and their root.
    expect((await (await post("repo/gc")).text()).trim().split("\n")).toHaveLength(49);
  });

  it.each(["/api/v0/version", "/api/v0/pins", "/dashboard/", "/health", "/livez", "/ws/webrtc"])(
    "is nothing else: not %s",
    async (path) => {
      const answer = await fetch(gateway + path, { redirect: "manual" });
      expect(answer.status).toBe(404);
      expect(problemSchema.parse(await answer.json()).code).toBe("not_found");
    },
  );

  it("opens no WebSocket", async () => {
    const { port } = new URL(gateway);
    const socket = await openRaw(Number(port));
    socket.write(
      `GET /ws/webrtc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    expect((await readAnswer(socket)).status).toBe(404);
    socket.destroy();
  });

  it("serves nothing at the address of the API", async () => {
    expect((await fetch(`${server.url}/ipfs/${cid}`)).status).toBe(404);
  });

  it("tells a client that it stops, and ends with the server", async () => {
    const other = createServer({ port: 0, isolation: true, drainSeconds: 0 });
    await other.start();
    const url = other.gatewayUrl ?? "";
    expect((await fetch(`${url}/ipfs/bafkqaaa`)).status).toBe(200);
    await other.stop();
    await expect(fetch(`${url}/ipfs/bafkqaaa`)).rejects.toThrow("fetch failed");
  });

  it("can be left out", async () => {
    await using other = createServer({ port: 0, isolation: true, gateway: false });
    await other.start();
    expect(other.gatewayUrl).toBeUndefined();
    const answer = await fetch(`${other.url}/health`);
    expect(await answer.json()).toMatchObject({
      components: expect.arrayContaining([
        { name: "gateway", status: "disabled", reason_code: "switched_off" },
      ]),
    });
  });

  it("keeps the server from starting when its port is taken, and leaves nothing bound", async () => {
    const taken = createHttpServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const other = createServer({ port: 0, gatewayPort: port, isolation: true });
    await expect(other.start()).rejects.toThrow(`Port ${port} of 127.0.0.1 is in use`);
    await expect(other.start()).rejects.toThrow("--gateway-port");
    taken.close();
  });

  it("is not for other machines while nobody could sign in, unless this is meant", async () => {
    const there = { port: 0, isolation: true, gatewayHost: "0.0.0.0" };
    await expect(createServer(there).start()).rejects.toThrow(/--gateway-host.*--public-gateway/);
    for (const init of [{ gateway: false }, { insecureNoAuth: true }, { publicGateway: true }]) {
      await using open = createServer({ ...there, ...init });
      await open.start();
      expect(open.gatewayUrl === undefined).toBe(init.gateway === false);
    }
  });
});
