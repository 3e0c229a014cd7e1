import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";

import { afterEach, expect, it, vi } from "vitest";

import { Answer } from "../../src/kubo-rpc/answer.ts";
import { CUT_GRACE_MS } from "../../src/kubo-rpc/defaults.ts";
import { openRaw } from "./support/raw-http.ts";

afterEach(() => vi.useRealTimers());

it("cuts the connection of a client that does not read the last line", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const cut = Promise.withResolvers<Socket>();
  const server = createServer(({ socket }, outgoing) => {
    const answer = new Answer(outgoing);
    answer.start("lines");
    // More than the system takes in for a client that does not read.
    answer.cut({ line: "x".repeat(64 * 1024 * 1024) }, "");
    cut.resolve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const client = await openRaw(typeof address === "object" && address ? address.port : 0);
  client.pause();
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const socket = await cut.promise;
  const closed = once(socket, "close");
  vi.advanceTimersByTime(CUT_GRACE_MS - 1);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  await closed;
  client.destroy();
  server.close();
});
