import { createReadStream } from "node:fs";

import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { mediaFixture } from "@ipfs-kit/testing";
import { createStreamingManager, type Session } from "@ipfs-kit/webrtc-streaming";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

import { launchBrowser } from "../support/browser.ts";
import { NativeViewer } from "../support/native-viewer.ts";
import { viewIn } from "../support/plain-viewer.ts";

/** After this, a viewer that does not answer is gone: consent to send lasts 30 s (RFC 7675). */
const VANISHED_LIMIT_MS = 35_000;
const GOODBYE_LIMIT_MS = 2_000;

const store = createMemoryRepository();
const manager = createStreamingManager({ store });
let cid = "";
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser(inject("browser"));
  await manager.start();
  // Longer than consent lasts: what ends here is not the content.
  const added = await store.add(createReadStream(await mediaFixture("webm-vp8-long")));
  cid = added.cid.toString();
});
afterAll(async () => {
  await manager.stop();
  await browser.close();
});

/** A session, and how it ends. */
async function open() {
  const session = await manager.open({ cid });
  const ended = new Promise<{ reason: object; state: Session["state"] }>((resolve) => {
    session.events.on("closed", (reason) => resolve({ reason, state: session.state }));
  });
  return { session, ended };
}

describe("a viewer that", () => {
  it(
    "is killed counts as failed and is gone in 35 s",
    async () => {
      const { session, ended } = await open();
      await using viewer = new NativeViewer(session);
      await expect.poll(() => viewer.packets, { timeout: 10_000 }).toBeGreaterThan(20);
      await viewer.kill();
      const killedAt = performance.now();
      expect(session.state).toBe("active");
      const { reason, state } = await ended;
      expect(performance.now() - killedAt).toBeLessThan(VANISHED_LIMIT_MS);
      expect(state).toBe("failed");
      expect(reason).toMatchObject({ code: "connection_failed" });
      expect(manager.list()).toEqual([]);
    },
    VANISHED_LIMIT_MS + 25_000,
  );

  it("closes its connection, and tells nobody else, is gone at once", async () => {
    const page = await browser.newPage();
    const { session, ended } = await open();
    const connection = await viewIn(page, session);
    // It plays: the viewer reports on it.
    await expect.poll(() => session.stats().packets_lost, { timeout: 10_000 }).toBe(0);
    const closedAt = performance.now();
    await connection.evaluate((peer) => peer.close());
    const { reason, state } = await ended;
    expect(performance.now() - closedAt).toBeLessThan(GOODBYE_LIMIT_MS);
    expect(state).toBe("closed");
    expect(reason).toEqual({});
    expect(manager.list()).toEqual([]);
    await page.close();
  });
});
