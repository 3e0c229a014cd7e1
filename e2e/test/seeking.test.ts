import { FIXTURES, mediaFixture, type MediaFixtureName } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { addFile } from "../support/http.ts";
import { openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";
import { watch } from "../support/watch.ts";

/** Ten minutes each, a key frame every ten seconds. */
const LONG_FILES: MediaFixtureName[] = ["webm-vp8-long", "mp4-h264-long"];
/** Seconds; the last ones lie far from a key frame. */
const TARGETS = [300, 7, 595, 418.9, 0];

const stage = useStage();

describe("seeking in ten minutes of video", () => {
  it.each(LONG_FILES)("lands within a second: %s", async (name) => {
    const { fps } = FIXTURES[name];
    const cid = await addFile(stage.http, await mediaFixture(name));
    const viewer = await openViewer(stage.page, { url: stage.url, cid });
    for (const target of TARGETS) {
      const asked = performance.now();
      const result = await viewer.evaluate(async (seen, position_seconds) => {
        seen.send({ type: "control", pc_id: seen.id, action: "seek", position_seconds });
        return seen.next("control_result");
      }, target);
      expect(result).toMatchObject({ success: true });
      expect(result["duration_seconds"]).toBeCloseTo(600, 0);
      // Until the picture has moved to the asked second; then it must keep time with the wall.
      await expect
        .poll(
          async () => {
            const { frameNumber = Infinity } = await viewer.evaluate((seen) => seen.sample());
            return Math.abs(frameNumber / fps - target - (performance.now() - asked) / 1_000);
          },
          { timeout: 5_000, interval: 50 },
        )
        .toBeLessThan(1);
    }
    await viewer.evaluate((seen) => seen.leave());
  });

  it("stays where it is while paused, and goes on from there", async () => {
    const name = "webm-vp8-long";
    const { fps } = FIXTURES[name];
    const cid = await addFile(stage.http, await mediaFixture(name));
    const viewer = await openViewer(stage.page, { url: stage.url, cid, startAtSeconds: 100 });
    const control = async (action: string) =>
      viewer.evaluate(async (seen, wanted) => {
        seen.send({ type: "control", pc_id: seen.id, action: wanted });
        return seen.next("control_result");
      }, action);
    const paused = Number((await control("pause"))["position_seconds"]);
    expect(paused).toBeGreaterThanOrEqual(100);
    expect(paused).toBeLessThan(110);
    // What was on its way when it stopped may still be shown.
    await watch(viewer, 500);
    const { before, after } = await watch(viewer, 1_000);
    expect(after.frameNumber).toBe(before.frameNumber);
    await control("play");
    await expect
      .poll(async () => (await viewer.evaluate((seen) => seen.sample())).frameNumber)
      .toBeGreaterThan((paused + 0.5) * fps);
    await viewer.evaluate((seen) => seen.leave());
  });
});
