import { describe, expect, test } from "vitest";

import type { TranscodeJob } from "../src/transcode/encoding-plan.ts";
import { ffmpegArguments } from "../src/transcode/ffmpeg-arguments.ts";
import { maxOutputBytes } from "../src/transcode/limits.ts";
import { parseTranscodeJob } from "../src/transcode/parse-transcode-job.ts";
import { rotationFilters } from "../src/transcode/rotation-filters.ts";

const job: TranscodeJob = {
  inputUrl: "http://127.0.0.1:1/secret",
  outputPath: "/scratch/output.mp4",
  video: "h264",
  audio: "opus",
  threads: 2,
};
const lineOf = (changes: Partial<TranscodeJob> = {}) =>
  ` ${ffmpegArguments({ ...job, ...changes }).join(" ")} `;

describe("the arguments for ffmpeg", () => {
  test("restrict what the input may open, before the input", () => {
    const [before = "", after = ""] = lineOf().split(` -i ${job.inputUrl} `);
    expect(before).toContain(" -nostdin ");
    expect(before).toContain(" -protocol_whitelist http,tcp ");
    expect(before).toMatch(/ -format_whitelist mov,matroska,avi,/u);
    expect(before).not.toMatch(/hls|dash|concat|image2|sdp|rtsp|file/u);
    expect(before).toContain(" -max_pixels ");
    expect(after.trim()).toMatch(/-f mp4 \/scratch\/output\.mp4$/u);
  });

  test("ask for H.264 without B-frames, keyframes by time, and Opus", () => {
    const line = lineOf();
    expect(line).toContain(" -c:v libx264 -threads:v 2 ");
    expect(line).toContain(" -profile:v baseline ");
    expect(line).toContain(" -bf:v 0 ");
    expect(line).toContain(" -force_key_frames expr:gte(t,n_forced*2-0.002) ");
    expect(line).toContain(" -c:a libopus -b:a 128k ");
    expect(line).toContain("+bitexact");
  });

  test("copy or leave out a track", () => {
    expect(lineOf({ video: "copy" })).toContain(" -map 0:V:0? -c:v copy ");
    expect(lineOf({ video: "copy" })).not.toContain("libx264");
    expect(lineOf({ audio: "copy" })).toContain(" -map 0:a:0? -c:a copy ");
    expect(lineOf({ video: "none" })).toContain(" -vn ");
    expect(lineOf({ audio: "none" })).toContain(" -an ");
  });
});

test("a worker takes a job as JSON, and nothing else", () => {
  expect(parseTranscodeJob(JSON.stringify(job))).toEqual(job);
  for (const wrong of [null, {}, { ...job, video: "vp8" }, { ...job, threads: "2" }]) {
    expect(() => parseTranscodeJob(JSON.stringify(wrong))).toThrow("not a transcode job");
  }
});

test.each([
  { turn: "none", matrix: [1, 0, 0, 0, 1], filters: [] },
  { turn: "a quarter", matrix: [0, 1, 0, -1, 0], filters: ["transpose=clock"] },
  { turn: "a half", matrix: [-1, 0, 0, 0, -1], filters: ["hflip", "vflip"] },
  { turn: "three quarters", matrix: [0, -1, 0, 1, 0], filters: ["transpose=cclock"] },
  { turn: "upside down", matrix: [1, 0, 0, 0, -1], filters: ["vflip"] },
  { turn: "a quarter, mirrored", matrix: [0, 1, 0, 1, 0], filters: ["transpose=cclock_flip"] },
])("turns a picture upright: $turn", ({ matrix, filters }) => {
  const fixedPoint = Int32Array.from([...matrix, 0, 0, 0, 0], (value) => value * 0x10000);
  expect(rotationFilters(fixedPoint)).toEqual(filters);
});

test("an output has a bound with and without a known length", () => {
  const MiB = 2 ** 20;
  expect(maxOutputBytes(MiB, 100)).toBeGreaterThan(100 * 580_000);
  expect(maxOutputBytes(MiB, 100)).toBeLessThan(200 * MiB);
  expect(maxOutputBytes(MiB, undefined)).toBe(96 * MiB);
  // What the media says of its length may be a lie.
  const GiB = 1024 * MiB;
  for (const length of [1e12, Number.MAX_VALUE]) {
    expect(maxOutputBytes(MiB, length)).toBe(65 * MiB + 16 * GiB);
  }
  for (const noLength of [Number.NaN, Infinity]) {
    expect(maxOutputBytes(MiB, noLength)).toBe(96 * MiB);
  }
  expect(maxOutputBytes(MiB, -1e12)).toBe(65 * MiB);
  expect(maxOutputBytes(40 * GiB, undefined)).toBe(56 * GiB + 64 * MiB);
});
