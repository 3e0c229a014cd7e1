import { createReadStream } from "node:fs";

import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { mediaFixture } from "@ipfs-kit/testing";
import { createStreamingManager } from "@ipfs-kit/webrtc-streaming";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

import { launchBrowser } from "../support/browser.ts";
import { viewIn } from "../support/plain-viewer.ts";

const store = createMemoryRepository();
const manager = createStreamingManager({ store });
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser(inject("browser"));
  await manager.start();
});
afterAll(async () => {
  await manager.stop();
  await browser.close();
});

describe("the server's numbers of a connection", () => {
  it("are those of the browser at its other end", async () => {
    const added = await store.add(createReadStream(await mediaFixture("webm-vp8-opus")));
    const page = await browser.newPage();
    const session = await manager.open({ cid: added.cid.toString() });
    const connection = await viewIn(page, session);
    await expect.poll(() => session.stats().frames_sent, { timeout: 20_000 }).toBeGreaterThan(90);
    // Nothing moves any more: both have counted the same packets.
    session.pause();
    await expect
      .poll(async () => arrived(connection))
      .toEqual({
        packets: session.stats().packets_sent,
        bytes: session.stats().bytes_sent,
        framesReceived: session.stats().frames_sent,
      });
    const stats = session.stats();
    expect(stats).toMatchObject({
      codec: "VP8",
      frame_width: 640,
      frame_height: 360,
      packets_lost: 0,
      packet_loss_percent: 0,
      retransmitted_packets: 0,
      relayed: false,
      candidate_pair: { local: { type: "host", protocol: "udp" } },
    });
    expect(stats.key_frames_sent).toBeGreaterThanOrEqual(3);
    expect(stats.rtt_ms).toBeGreaterThanOrEqual(0);
    expect(stats.jitter_ms).toBeGreaterThanOrEqual(0);
    expect(stats.ice_gathering_time_ms).toBeGreaterThan(0);
    await page.close();
  });
});

/** What the browser has received of both tracks. */
async function arrived(connection: Awaited<ReturnType<typeof viewIn>>) {
  return connection.evaluate(async (peer) => {
    const totals = { packets: 0, bytes: 0, framesReceived: 0 };
    const report = await peer.getStats();
    report.forEach((entry: RTCInboundRtpStreamStats) => {
      if (entry.type !== "inbound-rtp") return;
      totals.packets += entry.packetsReceived ?? 0;
      totals.bytes += entry.bytesReceived ?? 0;
      totals.framesReceived += entry.framesReceived ?? 0;
    });
    return totals;
  });
}
