import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { mediaFixture } from "@ipfs-kit/testing";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";

import { useStage } from "../support/stage.ts";

/** Pictures of what a person sees; kept for looking at. */
const PICTURES = fileURLToPath(new URL("../../.test-results/pictures/", import.meta.url));
const STEPS = ["offer", "ice", "dtls", "first-frame"];

const stage = useStage();
/** What the page complained about: a clean console is part of the promise. */
const complaints: string[] = [];
let page: Page;

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  ({ page } = stage);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.reload();
});

const picture = async (name: string) => page.screenshot({ path: `${PICTURES}${name}.png` });
const byId = (id: string) => page.getByTestId(id);

/** The frames the page's video has shown so far, and its size. */
async function shown(): Promise<{ frames: number; width: number }> {
  return byId("video").evaluate((element) => {
    if (!(element instanceof HTMLVideoElement)) throw new TypeError("This is no video element.");
    const { totalVideoFrames } = element.getVideoPlaybackQuality();
    return { frames: totalVideoFrames, width: element.videoWidth };
  });
}

describe("a person with a video", () => {
  it("finds an inviting empty page", async () => {
    await byId("empty").waitFor();
    await expect.poll(async () => byId("link-badge").getAttribute("data-status")).toBe("live");
    await picture("1-empty");
  });

  it("drops it and sees it arrive, with its CID", async () => {
    await byId("file-input").setInputFiles(await mediaFixture("webm-vp8-opus"));
    await expect
      .poll(async () => byId("upload-row").first().getAttribute("data-status"))
      .toBe("added");
    expect(await byId("upload-row").first().textContent()).toContain("webm-vp8-opus");
    await byId("content-row").first().waitFor();
    expect(await byId("content-row").first().getAttribute("data-cid")).toMatch(/^baf/);
    await picture("2-added");
  });

  it("presses Play and watches, step by step", async () => {
    await byId("play").first().click();
    for (const step of STEPS) {
      await expect
        .poll(async () => byId(`step-${step}`).getAttribute("data-status"), { timeout: 10_000 })
        .toBe("done");
      expect(await byId(`step-${step}`).textContent()).toMatch(/\d+\sms/);
    }
    const before = await shown();
    await expect
      .poll(async () => (await shown()).frames - before.frames, { timeout: 5_000 })
      .toBeGreaterThan(30);
    expect((await shown()).width).toBe(640);
    await expect.poll(async () => byId("stats").textContent()).toContain("640×360");
    await picture("3-playing");
  });

  it("seeks, pauses and goes on", async () => {
    await byId("seek").fill("6");
    await expect.poll(async () => byId("position").textContent()).toMatch(/0:0[67]/);
    await byId("play-pause").click();
    await expect.poll(async () => byId("player").getAttribute("data-state")).toBe("paused");
    await byId("play-pause").click();
    await expect.poll(async () => byId("player").getAttribute("data-state")).toBe("playing");
  });

  it("closes it", async () => {
    await byId("close").click();
    await expect.poll(async () => byId("player").count()).toBe(0);
  });

  it("plays what a phone made, watching the conversion", async () => {
    await byId("file-input").setInputFiles(await mediaFixture("mp4-phone"));
    const row = byId("content-row").filter({ hasText: "mp4-phone" });
    await row.waitFor();
    await row.getByTestId("play").click();
    await byId("preparing").waitFor();
    await picture("4-preparing");
    await expect
      .poll(async () => byId("step-first-frame").getAttribute("data-status"), { timeout: 20_000 })
      .toBe("done");
    await expect.poll(async () => (await shown()).frames, { timeout: 5_000 }).toBeGreaterThan(20);
    await picture("5-phone");
    await byId("close").click();
  });

  it("is told plainly what cannot be played", async () => {
    await byId("file-input").setInputFiles({
      name: 'holiday"><img src=x onerror=alert(1)>.mp4',
      mimeType: "video/mp4",
      buffer: Buffer.from("this is no video\n".repeat(500)),
    });
    const row = byId("content-row").filter({ hasText: "holiday" });
    await row.waitFor();
    await row.getByTestId("play").click();
    await byId("player").getByTestId("error").waitFor();
    expect(await byId("player").getByTestId("error").getAttribute("data-code")).toBe("not_media");
    await picture("6-refused");
    await byId("close").click();
  });

  it("can do it all on a phone's screen, without scrolling sideways", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await byId("play").last().click();
    await expect
      .poll(async () => byId("step-first-frame").getAttribute("data-status"), { timeout: 10_000 })
      .toBe("done");
    await picture("7-narrow");
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    await byId("close").click();
  });

  it("leaves no complaint in the console", () => {
    expect(complaints).toEqual([]);
  });
});
