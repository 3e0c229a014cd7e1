import { FIXTURES, mediaFixture, type MediaFixtureName } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { addFile } from "../support/http.ts";
import { openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";
import { watch } from "../support/watch.ts";

/** Every kind of file people have, sent as it is or converted. */
const FORMATS: MediaFixtureName[] = [
  "webm-vp8-opus",
  "mp4-h264-baseline-opus",
  "mp4-phone",
  "webm-av1-opus",
  "webm-vp9-opus",
  "ogg-opus",
  "mp4-mpeg4-aac",
  "avi-mpeg4-mp3",
  "mov-h264-pcm",
];

const stage = useStage();

describe("a browser plays", () => {
  it.each(FORMATS)("%s", async (name) => {
    const { width, height, hasVideo, hasAudio } = FIXTURES[name];
    const cid = await addFile(stage.http, await mediaFixture(name));
    const viewer = await openViewer(stage.page, { url: stage.url, cid });
    try {
      expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
      const { before, after } = await watch(viewer, 1_500);
      if (hasVideo) {
        expect(after.framesDecoded - before.framesDecoded).toBeGreaterThan(20);
        expect(after).toMatchObject({ width, height });
        expect(after.brightness).toBeGreaterThan(20);
        expect(after.contrast).toBeGreaterThan(20);
        expect(after.frameNumber).toBeGreaterThan(before.frameNumber ?? Infinity);
      }
      if (hasAudio) {
        expect(after.audioSamples - before.audioSamples).toBeGreaterThan(40_000);
        expect(after.audioEnergy).toBeGreaterThan(before.audioEnergy);
      }
    } finally {
      await viewer.evaluate((it) => it.leave());
    }
  });
});

describe("a second viewer of converted content", () => {
  it("does not wait for a conversion again", async () => {
    const cid = await addFile(stage.http, await mediaFixture("mp4-phone"));
    const { page, url } = stage;
    const first = await openViewer(page, { url, cid });
    await first.evaluate((it) => it.leave());
    const second = await openViewer(page, { url, cid });
    const messages = await second.evaluate((it) => it.messages);
    expect(messages.filter(({ type }) => type === "notification")).toEqual([]);
    await second.evaluate((it) => it.leave());
  });
});
