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

/** Each is played once; the tests look at its picture and its sound. */
const played = new Map<MediaFixtureName, ReturnType<typeof playOnce>>();

async function play(name: MediaFixtureName): ReturnType<typeof playOnce> {
  const result = played.get(name) ?? playOnce(name);
  played.set(name, result);
  return result;
}

async function playOnce(name: MediaFixtureName) {
  const cid = await addFile(stage.http, await mediaFixture(name));
  const viewer = await openViewer(stage.page, { url: stage.url, cid });
  expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
  const seen = await watch(viewer, 1_500);
  await viewer.evaluate((view) => view.leave());
  return seen;
}

describe("a browser plays", () => {
  it.each(FORMATS.filter((name) => FIXTURES[name].hasVideo))("the picture of %s", async (name) => {
    const { width, height } = FIXTURES[name];
    const { before, after } = await play(name);
    expect(after.framesDecoded - before.framesDecoded).toBeGreaterThan(20);
    expect(after).toMatchObject({ width, height });
    expect(after.brightness).toBeGreaterThan(20);
    expect(after.contrast).toBeGreaterThan(20);
    expect(after.frameNumber).toBeGreaterThan(before.frameNumber ?? Infinity);
  });

  it.each(FORMATS.filter((name) => FIXTURES[name].hasAudio))("the sound of %s", async (name) => {
    const { before, after } = await play(name);
    expect(after.audioSamples - before.audioSamples).toBeGreaterThan(40_000);
    expect(after.audioEnergy).toBeGreaterThan(before.audioEnergy);
  });
});

describe("a second viewer of converted content", () => {
  it("does not wait for a conversion again", async () => {
    const cid = await addFile(stage.http, await mediaFixture("mp4-phone"));
    const { page, url } = stage;
    const first = await openViewer(page, { url, cid });
    await first.evaluate((seen) => seen.leave());
    const second = await openViewer(page, { url, cid });
    const messages = await second.evaluate((seen) => seen.messages);
    expect(messages.filter(({ type }) => type === "notification")).toEqual([]);
    await second.evaluate((seen) => seen.leave());
  });
});
