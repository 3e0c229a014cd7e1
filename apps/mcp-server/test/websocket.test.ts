import { once } from "node:events";

import { problemSchema } from "@ipfs-kit/core/wire";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import type { SocketChannel, SocketPeer } from "../src/ws/live-socket.ts";
import { startListener, type TestListener, type TestListenerInit } from "./support/listener.ts";
import { openRaw, readAnswer } from "./support/raw-http.ts";

const ORIGIN = "https://app.example";

/** A feature that says what it hears; `flood` makes it send without end. */
class Echo implements SocketPeer {
  readonly gone = Promise.withResolvers<void>();
  readonly #channel: SocketChannel;

  constructor(channel: SocketChannel) {
    this.#channel = channel;
    channel.send("welcome");
  }

  receive(text: string): void {
    if (text === "throw") throw new Error("no");
    if (text !== "flood") return this.#channel.send(text);
    for (let sent = 0; sent < 64; sent += 1) this.#channel.send("x".repeat(256 * 1024));
  }

  async disconnected(): Promise<void> {
    this.gone.resolve();
  }
}

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(init: TestListenerInit = {}): Promise<TestListener & { peers: Echo[] }> {
  const peers: Echo[] = [];
  const connect = (channel: SocketChannel) => {
    const peer = new Echo(channel);
    peers.push(peer);
    return peer;
  };
  const routes = new Map([["/ws/echo", { maxMessageBytes: 1024, connect }]]);
  const server = await startListener({ routes, allowOrigins: [ORIGIN], ...init });
  open.push(server);
  return { ...server, peers };
}

/** An open socket that has had its welcome. */
async function join(
  { port }: TestListener,
  options: { autoPong?: boolean } = {},
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/echo`, options);
  await once(socket, "message");
  return socket;
}

async function closeOf(socket: WebSocket): Promise<{ code: unknown; reason: string }> {
  const [code, reason] = await once(socket, "close");
  return { code, reason: String(reason) };
}

/** An upgrade request by hand, and what it is answered with. */
async function upgrade(port: number, path: string, headers: Record<string, string> = {}) {
  const socket = await openRaw(port);
  const all = {
    Host: `127.0.0.1:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const answer = await readAnswer(socket);
  return { status: answer.status, code: problemSchema.parse(JSON.parse(answer.body)).code };
}

describe("an upgrade", () => {
  it("is refused by the guard as every request is", async () => {
    const { port } = await start();
    const cases: [Record<string, string>, string][] = [
      [{ Host: "evil.example" }, "host_not_allowed"],
      [{ Origin: "https://evil.example" }, "origin_not_allowed"],
      [{ Origin: "null" }, "origin_not_allowed"],
      [{ "Sec-Fetch-Site": "cross-site" }, "origin_not_allowed"],
    ];
    for (const path of ["/ws/echo", "/nothing", "//ws/echo", "/ws/%65cho"]) {
      for (const [headers, code] of cases) {
        expect(await upgrade(port, path, headers)).toEqual({ status: 403, code });
      }
    }
  });

  it("is answered with 404 at a path nobody serves", async () => {
    const { port } = await start();
    for (const path of ["/", "/ws", "/ws/echo/", "//ws/echo", "/WS/echo", "/api/v0/version"]) {
      expect(await upgrade(port, path)).toEqual({ status: 404, code: "not_found" });
    }
  });

  it("is answered with 400 when the handshake is wrong", async () => {
    const { port } = await start();
    for (const headers of [
      { "Sec-WebSocket-Key": "short" },
      { "Sec-WebSocket-Version": "7" },
      { "Sec-WebSocket-Protocol": "a,,b" },
    ]) {
      expect(await upgrade(port, "/ws/echo", headers)).toEqual({
        status: 400,
        code: "invalid_request",
      });
    }
  });

  it("is taken from an allowed origin, and from a client that is no browser", async () => {
    const server = await start();
    const page = new WebSocket(`ws://127.0.0.1:${server.port}/ws/echo?x=1`, { origin: ORIGIN });
    expect(String((await once(page, "message"))[0])).toBe("welcome");
    page.terminate();
    const program = await join(server);
    expect(program.readyState).toBe(WebSocket.OPEN);
    program.terminate();
  });
});

describe("a WebSocket", () => {
  it("carries text both ways and tells the feature when it is gone", async () => {
    const server = await start();
    const socket = await join(server);
    socket.send("grüße");
    expect(String((await once(socket, "message"))[0])).toBe("grüße");
    socket.terminate();
    await server.peers[0]?.gone.promise;
  });

  it.each<[string, string | Buffer, boolean, number]>([
    ["a binary message", Buffer.from("x"), true, 1008],
    ["text that is not UTF-8", Buffer.from([0xff, 0xfe]), false, 1007],
    ["a message beyond the limit", "x".repeat(1025), false, 1009],
    ["a message the feature fails on", "throw", false, 1011],
  ])("is closed after %s", async (_what, message, binary, code) => {
    const server = await start();
    const socket = await join(server);
    socket.send(message, { binary });
    expect((await closeOf(socket)).code).toBe(code);
    await server.peers[0]?.gone.promise;
  });

  it("is closed once, however much is sent after that, and cut when it goes on", async () => {
    const warnings: Error[] = [];
    const record = (warning: Error) => void warnings.push(warning);
    process.on("warning", record);
    const server = await start();
    const socket = await openRaw(server.port);
    socket.write(
      `GET /ws/echo HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    await once(socket, "data");
    const startedAt = performance.now();
    // A masked binary frame of one byte, many times; the answer to our close is never sent.
    socket.write(Buffer.alloc(7 * 300_000, Buffer.from([0x82, 0x81, 0, 0, 0, 0, 1])));
    socket.resume();
    await server.peers[0]?.gone.promise;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    process.off("warning", record);
    expect(warnings).toEqual([]);
  });

  it("is closed with 1013 when its address has too many, and can come back later", async () => {
    const server = await start({ maxPerAddress: 2 });
    const sockets = [await join(server), await join(server)];
    const third = new WebSocket(`ws://127.0.0.1:${server.port}/ws/echo`);
    expect((await closeOf(third)).code).toBe(1013);
    expect(server.peers).toHaveLength(2);
    sockets[0]?.terminate();
    await server.peers[0]?.gone.promise;
    const fourth = await join(server);
    for (const socket of [...sockets, fourth]) socket.terminate();
  });

  it("is cut when two pings stay without an answer", async () => {
    const server = await start({ heartbeatMs: 20 });
    const silent = await join(server, { autoPong: false });
    const answering = await join(server);
    expect((await closeOf(silent)).code).toBe(1006);
    answering.send("still here");
    expect(String((await once(answering, "message"))[0])).toBe("still here");
    answering.terminate();
  });

  it("is closed with 4008 when the far end does not take what it is sent", async () => {
    const server = await start();
    const slow = await join(server);
    slow.pause();
    slow.send("flood");
    await server.peers[0]?.gone.promise;
    const closed = closeOf(slow);
    slow.resume();
    // What was under way may arrive; the end is either said or seen.
    expect([4008, 1006]).toContain((await closed).code);
  });
});

describe("a server that stops", () => {
  it("closes its sockets with 1012 and says when to come back", async () => {
    const server = await start();
    const sockets = await Promise.all([join(server), join(server)]);
    const closes = sockets.map(closeOf);
    await server.listener.drain(5_000);
    for (const { code, reason } of await Promise.all(closes)) {
      expect(code).toBe(1012);
      expect(JSON.parse(reason)).toEqual({ retry_after: expect.any(Number) });
    }
    await Promise.all(server.peers.map(({ gone }) => gone.promise));
    expect(await upgrade(server.port, "/ws/echo")).toEqual({ status: 503, code: "unavailable" });
  });

  it("does not wait for a client that never closes", async () => {
    const server = await start();
    const stuck = await join(server);
    stuck.pause();
    const startedAt = performance.now();
    await server.listener.drain(5_000);
    await server.peers[0]?.gone.promise;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    stuck.terminate();
  });
});
