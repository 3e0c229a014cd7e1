import type { Socket } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { startListener } from "./support/listener.ts";
import { openRaw } from "./support/raw-http.ts";

const CONNECTIONS = 1_000;

const sockets: Socket[] = [];
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]();
});

async function start(maxConnections?: number) {
  const server = await startListener(maxConnections === undefined ? {} : { maxConnections });
  open.push(server);
  return server;
}

describe("clients that send their header slowly", () => {
  it("do not keep others waiting, a thousand of them", { timeout: 60_000 }, async () => {
    const server = await start();
    for (let count = 0; count < CONNECTIONS; count += 1) {
      const socket = await openRaw(server.port);
      sockets.push(socket);
      socket.write(`GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-${count}: `);
    }
    // One at a time, on fresh connections: each is answered while all of the slow ones are there.
    for (let asked = 0; asked < 200; asked += 1) {
      for (const socket of sockets.slice(asked * 5, asked * 5 + 5)) socket.write("x");
      const answer = await fetch(`${server.url}/livez`, { headers: { connection: "close" } });
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
    }
    expect(sockets.every(({ destroyed }) => !destroyed)).toBe(true);
  });

  it("take places, of which there are as many as was said", async () => {
    const server = await start(2);
    const [first, second] = [await openRaw(server.port), await openRaw(server.port)];
    sockets.push(first, second);
    const third = await openRaw(server.port);
    sockets.push(third);
    third.resume();
    await new Promise((resolve) => third.once("close", resolve));
    first.destroy();
    await expect
      .poll(async () =>
        fetch(`${server.url}/livez`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });
});
