import { once } from "node:events";

import { type LogFields, type Logger, noopLogger } from "@ipfs-kit/core";
import { afterEach, describe, expect, it, vi } from "vitest";

import { MAX_PIPELINED_REQUESTS } from "../src/defaults.ts";
import { startListener, type TestListener, type TestListenerInit } from "./support/listener.ts";
import { openRaw } from "./support/raw-http.ts";

/** Far more than what the system takes in for a client that does not read. */
const CURSOR_CHARACTERS = 64 * 1024 * 1024;

const open: AsyncDisposable[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

interface Watched extends TestListener {
  /** Pages the store was asked for. */
  pages: () => number;
  /** What became of the requests that are over. */
  requests: LogFields[];
}

/** A listener whose pages of pins are large. */
async function start(init: TestListenerInit = {}, characters = CURSOR_CHARACTERS) {
  let pages = 0;
  const requests: LogFields[] = [];
  const logger: Logger = {
    ...noopLogger,
    debug: (message, fields = {}) => void (message === "request" && requests.push(fields)),
  };
  const listPins = async () => {
    pages += 1;
    return { pins: [], nextCursor: "x".repeat(characters) };
  };
  const server = await startListener({ store: { listPins }, logger, ...init });
  open.push(server);
  return { ...server, pages: () => pages, requests } satisfies Watched;
}

const askFor = (path: string, port: number) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;

/** A client that asks for a large page and takes nothing of it. */
async function askAndIgnore(server: Watched) {
  const socket = await openRaw(server.port);
  socket.pause();
  socket.write(askFor("/api/v0/pins", server.port));
  await expect.poll(server.pages).toBe(1);
  return socket;
}

describe("a connection", () => {
  it("may ask for some answers at once", async () => {
    const server = await start({}, 10);
    const socket = await openRaw(server.port);
    socket.write(askFor("/api/v0/pins", server.port).repeat(MAX_PIPELINED_REQUESTS));
    socket.resume();
    await expect.poll(() => server.requests.length).toBe(MAX_PIPELINED_REQUESTS);
    expect(server.requests.every(({ complete }) => complete === true)).toBe(true);
    socket.destroy();
  });

  it("is cut when it asks for hundreds, and leaves nothing under way", async () => {
    const server = await start({}, 1_000_000);
    const socket = await openRaw(server.port);
    const closed = once(socket, "close");
    socket.write(askFor("/api/v0/pins", server.port).repeat(400));
    socket.resume();
    await closed;
    await server.listener.drain(60_000);
    expect(server.pages()).toBeLessThanOrEqual(MAX_PIPELINED_REQUESTS);
    expect(server.requests).toHaveLength(MAX_PIPELINED_REQUESTS);
  });

  it("is cut when it takes nothing of its answer for too long", async () => {
    const server = await start({ answerStallMs: 200 });
    const socket = await askAndIgnore(server);
    await expect
      .poll(() => server.requests, { timeout: 5_000 })
      .toMatchObject([{ complete: false }]);
    socket.destroy();
  });

  it("is not cut while it takes a little now and then", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const page = 8 * 1024 * 1024;
    const server = await start({ answerStallMs: 30_000 }, page);
    const socket = await openRaw(server.port);
    socket.write(askFor("/api/v0/pins", server.port).repeat(MAX_PIPELINED_REQUESTS));
    let taken = 0;
    let pages = 0;
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      taken += Buffer.byteLength(chunk);
      if (taken < (pages + 1) * page) continue;
      pages += 1;
      // One look at each page: a minute for all of them, twice the limit.
      vi.advanceTimersByTime(7_500);
      if (pages === MAX_PIPELINED_REQUESTS) break;
    }
    expect(pages).toBe(MAX_PIPELINED_REQUESTS);
    socket.destroy();
  });

  it("does not hold up a stop by not reading", async () => {
    const server = await start();
    const socket = await askAndIgnore(server);
    const startedAt = performance.now();
    await server.listener.drain(60_000);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    expect(server.requests).toMatchObject([{ complete: false }]);
    socket.destroy();
  });
});
