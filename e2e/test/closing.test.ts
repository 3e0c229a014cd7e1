import { mediaFixture } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { addFile } from "../support/http.ts";
import { openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";
import { startServer } from "../support/server-process.ts";
import { signalingUrl } from "../support/watch.ts";

const CLOSE_LIMIT_MS = 2_000;

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
    const server = await startServer();
    await stage.page.goto(server.ready.dashboard);
    await using _ = server;
    const { installViewer } = await import("../support/page-viewer.ts");
    await installViewer(stage.page);
    const cid = await addFile(server.ready.http, await mediaFixture("webm-vp8-opus"));
    const viewer = await openViewer(stage.page, { url: signalingUrl(server.ready), cid });
    const { code, milliseconds } = await server.stop();
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(10_000);
    await expect.poll(async () => viewer.evaluate((seen) => seen.states().dtls)).toBe("closed");
    await viewer.evaluate((seen) => seen.leave());
  });
});
