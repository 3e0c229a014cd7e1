import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pinListSchema } from "@ipfs-kit/core/wire";
import { mediaFixture } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { addBytes, addFile } from "../support/http.ts";
import { installViewer, openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";
import { startServer } from "../support/server-process.ts";
import { signalingUrl } from "../support/watch.ts";

const CLOSE_LIMIT_MS = 2_000;
/** The server's own deadline for finishing what is under way. */
const DRAIN_LIMIT_MS = 10_000;

const stage = useStage();

describe("close", () => {
  it("ends the connection at the far end within two seconds", async () => {
    const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
    const viewer = await openViewer(stage.page, { url: stage.url, cid });
    const closedAfter = await viewer.evaluate(async (seen) => {
      const asked = performance.now();
      seen.send({ type: "close", pc_id: seen.id });
      await seen.next("closed");
      while (seen.states().dtls !== "closed" && performance.now() - asked < 10_000) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return performance.now() - asked;
    });
    expect(closedAfter).toBeLessThan(CLOSE_LIMIT_MS);
    await viewer.evaluate((seen) => seen.leave());
  });

  it("of all connections of a socket leaves none", async () => {
    const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
    const viewer = await openViewer(stage.page, { url: stage.url, cid });
    await viewer.evaluate(async (seen) => {
      seen.send({ type: "close" });
      await seen.next("closed_all");
    });
    const stats = await viewer.evaluate(async (seen) => {
      seen.send({ type: "get_stats" });
      return seen.next("stats");
    });
    expect(stats).toMatchObject({ connection_stats: {} });
    await viewer.evaluate((seen) => seen.leave());
  });
});

describe("a stopping server", () => {
  it("ends a playing stream at the far end and exits in time", async () => {
    await using server = await startServer();
    await stage.page.goto(server.ready.dashboard);
    await installViewer(stage.page);
    const cid = await addFile(server.ready.http, await mediaFixture("webm-vp8-opus"));
    const viewer = await openViewer(stage.page, { url: signalingUrl(server.ready), cid });
    const { code, milliseconds } = await server.stop();
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(DRAIN_LIMIT_MS);
    await expect.poll(async () => viewer.evaluate((seen) => seen.states().dtls)).toBe("closed");
    await viewer.evaluate((seen) => seen.leave());
  });

  it("keeps what it acknowledged and shows nothing of what it did not", async () => {
    const directory = await mkdtemp(join(tmpdir(), "ipfs-kit-stop-"));
    const kept = "Kept for good.";
    let cid = "";
    {
      await using server = await startServer({ directory, args: ["--drain-seconds", "2"] });
      cid = await addBytes(server.ready.http, "kept.txt", new TextEncoder().encode(kept));
      // An upload that never ends by itself: it is under way when the signal comes.
      const upload = startEndlessUpload(server.ready.http);
      await upload.underWay;
      const { code, milliseconds } = await server.stop();
      await upload.over;
      expect(code).toBe(0);
      expect(milliseconds).toBeLessThan(4_000);
    }
    await using server = await startServer({ directory });
    const response = await fetch(`${server.ready.http}/api/v0/pins`);
    const { pins } = pinListSchema.parse(await response.json());
    expect(pins.map((pin) => [pin.cid, pin.name, pin.size])).toEqual([
      [cid, "kept.txt", kept.length],
    ]);
    await rm(directory, { recursive: true, force: true });
  });
});

/** Sends a file that goes on and on; `over` resolves when the server has had enough. */
function startEndlessUpload(base: string): { underWay: Promise<void>; over: Promise<void> } {
  const boundary = "ipfs-kit-e2e";
  const sending = request(`${base}/api/v0/add`, {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  });
  sending.write(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="endless.bin"\r\n\r\n`,
  );
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  let sent = 0;
  const send = setInterval(() => {
    sending.write(randomBytes(64 * 1024));
    sent += 1;
    if (sent === 40) resolve(); // some blocks are in the store by then
  }, 10);
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  // Being cut off is what the test waits for.
  sending.on("error", () => {});
  sending.on("close", () => {
    clearInterval(send);
    end();
  });
  return { underWay, over };
}
