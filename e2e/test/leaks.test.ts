import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer } from "node:http";

import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { mediaFixture } from "@ipfs-kit/testing";
import { connectSignaling, createStreamingManager } from "@ipfs-kit/webrtc-streaming";
import { expect, inject, it } from "vitest";
import { WebSocketServer } from "ws";

import { launchBrowser } from "../support/browser.ts";
import { installViewer, openViewer } from "../support/page-viewer.ts";

/** In full: `LEAK_SESSIONS=100`. */
const SESSIONS = Number(process.env["LEAK_SESSIONS"] ?? 12);

/** What keeps a process alive, by kind: sockets, listeners, timers. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return { udp: counts["UDPWrap"] ?? 0, timers: counts["Timeout"] ?? 0 };
}

it(
  `after ${SESSIONS} sessions no timer, socket or listener is left`,
  async () => {
    // In this process, so that what is left can be counted.
    const store = createMemoryRepository();
    const { cid } = await store.add(createReadStream(await mediaFixture("webm-vp8-opus")));
    const manager = createStreamingManager({ store });
    await manager.start();
    const http = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end("<!doctype html><title>viewer</title>");
    });
    const sockets = new WebSocketServer({ server: http });
    sockets.on("connection", (socket) => {
      const peer = connectSignaling({ manager, socket });
      socket.on("message", (data: Buffer) => peer.receive(data.toString()));
      socket.on("close", () => void peer.disconnected());
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const address = http.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const browser = await launchBrowser(inject("browser"));
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await installViewer(page);
    const url = `ws://127.0.0.1:${port}/`;
    const view = async (leave: "closes" | "vanishes") => {
      const viewer = await openViewer(page, { url, cid: cid.toString() });
      expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
      await viewer.evaluate(async (seen, how) => {
        if (how === "closes") {
          seen.send({ type: "close", pc_id: seen.id });
          await seen.next("closed");
        }
        seen.leave();
      }, leave);
      await expect.poll(() => manager.list().length).toBe(0);
    };
    await view("closes");
    const before = resources();
    for (let index = 0; index < SESSIONS; index += 1) {
      await view(index % 2 === 0 ? "closes" : "vanishes");
    }
    await expect.poll(resources, { timeout: 5_000 }).toEqual(before);
    expect(before["udp"]).toBe(0);
    await manager.stop();
    await browser.close();
    sockets.close();
    http.close();
  },
  30_000 + SESSIONS * 2_000,
);
