import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { IpfsKitError } from "@ipfs-kit/core";
import {
  FIXTURES,
  mediaFixture,
  readFrameNumber,
  truncatedFixture,
  type MediaFixtureName,
} from "@ipfs-kit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createFfmpegTranscoder } from "../src/transcode/ffmpeg-transcoder.ts";
import { findTranscoder } from "../src/transcode/find-transcoder.ts";
import { createNodeAvTranscoder } from "../src/transcode/node-av-transcoder.ts";
import type { Transcoder, TranscoderInit } from "../src/transcode/transcoder.ts";
import {
  bytesInput,
  fileInput,
  inspect,
  processesNaming,
  transcodeAll,
} from "./transcode-helpers.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const hasFfmpeg = (await findTranscoder({ use: "ffmpeg" })) !== undefined;
const hasNodeAv = (await findTranscoder({ use: "node-av" })) !== undefined;

let scratch = "";
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "transcode-test-"));
});
afterEach(async () => {
  const left = await readdir(scratch);
  const running = await processesNaming(scratch);
  await rm(scratch, { recursive: true });
  if (left.length > 0) throw new Error(`Left behind: ${left.join(", ")}`);
  if (running.length > 0) throw new Error(`Still running: ${running.join(", ")}`);
});

async function failureOf(work: Promise<unknown>): Promise<IpfsKitError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof IpfsKitError)) throw new Error("It did not fail as it should.");
  return error;
}

function describeTranscoder(
  program: string,
  works: boolean,
  createTranscoder: (init: TranscoderInit) => Transcoder,
): void {
  const title = works ? program : `${program} (SKIPPED: it does not work on this machine)`;
  describe.skipIf(!works)(`the transcoder ${title}`, { timeout: TIMEOUT_MS }, () => {
    let create: (init?: TranscoderInit) => Transcoder;
    beforeEach(() => {
      create = (init) => createTranscoder({ scratchDirectory: scratch, ...init });
    });

    test.each<MediaFixtureName>(["mp4-phone", "mp4-mpeg4-aac", "avi-mpeg4-mp3", "webm-av1-opus"])(
      "turns %s into what every browser plays",
      async (name) => {
        const { durationSeconds, width, height } = FIXTURES[name];
        const fractions: number[] = [];
        const bytes = await transcodeAll(create(), {
          input: await fileInput(await mediaFixture(name)),
          durationSeconds,
          onProgress: (fraction) => fractions.push(fraction),
        });
        const { video, audio } = await inspect(bytes);
        if (video === undefined || audio === undefined) throw new Error("A track is missing.");
        expect(video).toMatchObject({ codec: "avc", width, height });
        expect(video.timestamps).toEqual(video.timestamps.toSorted((a, b) => a - b));
        expect(Math.abs(video.endSeconds - durationSeconds)).toBeLessThan(0.2);
        const gaps = video.keyframes.map((time, at) => time - (video.keyframes[at - 1] ?? time));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(2.01);
        expect(video.keyframes.length).toBeGreaterThanOrEqual(4);
        expect(audio).toMatchObject({ codec: "opus", channels: 2, sampleRate: 48_000 });
        expect(Math.abs(audio.endSeconds - durationSeconds)).toBeLessThan(0.2);
        expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
        expect(fractions.filter((fraction) => fraction === 1)).toHaveLength(1);
        const boxes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        expect(boxes.indexOf("moov")).toBeLessThan(boxes.indexOf("mdat"));
      },
    );

    test("keeps every frame at its time", async (context) => {
      if (!hasFfmpeg) context.skip("SKIPPED: ffmpeg is needed to look at the pictures");
      const bytes = await transcodeAll(create(), {
        input: await fileInput(await mediaFixture("mp4-phone")),
        audio: "none",
      });
      const made = join(scratch, "made.mp4");
      await writeFile(made, bytes);
      const [width, height, frames] = [160, 90, 40];
      const { stdout } = await run(
        "ffmpeg",
        `-v error -i ${made} -frames:v ${frames} -vf scale=${width}:${height} -f rawvideo -pix_fmt rgba -`.split(
          " ",
        ),
        { encoding: "buffer", maxBuffer: 2 ** 26 },
      );
      await rm(made);
      const size = width * height * 4;
      const numbers = Array.from({ length: frames }, (_, at) =>
        readFrameNumber(new Uint8ClampedArray(stdout.subarray(at * size)), width, height),
      );
      expect(numbers).toEqual(numbers.map((_, at) => at));
    });

    test("makes the same bytes from the same media", async () => {
      const transcoder = create();
      const input = await fileInput(await mediaFixture("mp4-mpeg4-aac"));
      const first = await transcodeAll(transcoder, { input });
      const second = await transcodeAll(transcoder, { input });
      expect(Buffer.compare(first, second)).toBe(0);
    });

    test("copies the picture and converts the sound", async () => {
      const path = await mediaFixture("mov-h264-pcm");
      const bytes = await transcodeAll(create(), {
        input: await fileInput(path),
        video: "copy",
      });
      const before = await inspect(await readFile(path));
      const { video, audio } = await inspect(bytes);
      expect(video?.timestamps).toHaveLength(before.video?.timestamps.length ?? 0);
      expect(video?.keyframes).toEqual(before.video?.keyframes);
      expect(audio?.codec).toBe("opus");
    });

    test("leaves out what is not asked for and what is not there", async () => {
      const transcoder = create();
      const sound = await transcodeAll(transcoder, {
        input: await fileInput(await mediaFixture("ogg-opus")),
        audio: "copy",
      });
      expect(await inspect(sound)).toMatchObject({ video: undefined, audio: { codec: "opus" } });
      const picture = await transcodeAll(transcoder, {
        input: await fileInput(await mediaFixture("webm-vp8-opus")),
        audio: "none",
      });
      expect(await inspect(picture)).toMatchObject({ video: { codec: "avc" }, audio: undefined });
      const none = transcodeAll(transcoder, {
        input: await fileInput(await mediaFixture("ogg-opus")),
        audio: "none",
      });
      expect((await failureOf(none)).code).toBe("transcode_failed");
    });

    test("turns the picture upright", async () => {
      const bytes = await readFile(await mediaFixture("mp4-phone"));
      // The display matrix of the first track: a quarter turn clockwise, as phones write it.
      const header = bytes.indexOf("tkhd") + 4;
      const matrix = [0, 0x10000, 0, -0x10000, 0, 0, 360 * 0x10000, 0, 0x40000000];
      matrix.forEach((value, at) => bytes.writeInt32BE(value, header + 40 + at * 4));
      expect((await inspect(bytes)).video).toMatchObject({ rotation: 90 });
      const made = await transcodeAll(create(), { input: bytesInput(bytes), audio: "none" });
      expect((await inspect(made)).video).toMatchObject({ width: 360, height: 640, rotation: 0 });
    });

    test("says that an MP4 without its index is cut short", async () => {
      const input = await fileInput(await truncatedFixture("mp4-phone", 0.6));
      const error = await failureOf(transcodeAll(create(), { input }));
      expect(error.code).toBe("corrupt_media");
      expect(String(error.cause)).not.toContain(scratch);
      expect(String(error.cause)).not.toContain("127.0.0.1");
    });

    test("converts what there is of a WebM that breaks off", async () => {
      const input = await fileInput(await truncatedFixture("webm-vp8-opus", 0.5));
      const { video } = await inspect(await transcodeAll(create(), { input }));
      expect(video?.endSeconds).toBeGreaterThan(2);
      expect(video?.endSeconds).toBeLessThan(6);
    });

    const canaryUrl = "http://127.0.0.1:PORT/canary";
    test.each([
      { what: "noise", text: "\u0007\u001B[31mnot media".repeat(500) },
      { what: "one byte", text: "x" },
      {
        what: "an HLS playlist",
        text: `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${canaryUrl}.ts\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n`,
      },
      {
        what: "a concat script",
        text: `ffconcat version 1.0\nfile '${canaryUrl}.mp4'\nfile '/etc/hostname'\n`,
      },
      {
        what: "a DASH manifest",
        text: `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${canaryUrl}.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>`,
      },
      {
        what: "a session description",
        text: "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
      },
    ])("refuses $what, and opens nothing else for it", async ({ text }) => {
      const asked: string[] = [];
      const canary = createServer((request, response) => {
        asked.push(request.url ?? "");
        response.end();
      }).listen(0, "127.0.0.1");
      await once(canary, "listening");
      const address = canary.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const input = bytesInput(Buffer.from(text.replaceAll("PORT", String(port))));
      const error = await failureOf(transcodeAll(create(), { input }));
      canary.close();
      expect(error.code).toBe("transcode_failed");
      expect(`${error.message}${String(error.cause)}`).not.toMatch(/\p{Cc}/u);
      expect(asked).toEqual([]);
    });

    test("stops the process and deletes its files when cancelled", async () => {
      const stop = new AbortController();
      const { promise: isRunning, resolve } = Promise.withResolvers<void>();
      const failure = failureOf(
        transcodeAll(create(), {
          input: await fileInput(await mediaFixture("webm-vp8-long")),
          durationSeconds: 600,
          signal: stop.signal,
          onProgress: (fraction) => fraction > 0.02 && resolve(),
        }),
      );
      await isRunning;
      const running = await processesNaming(scratch);
      stop.abort();
      expect((await failure).code).toBe("aborted");
      expect(running).toHaveLength(process.platform === "linux" ? 1 : 0);
    });

    test("deletes its files when the reader has enough", async () => {
      const input = await fileInput(await mediaFixture("mp4-mpeg4-aac"));
      const transcoder = create();
      let bytes = 0;
      for await (const chunk of transcoder.transcode({ input, video: "h264", audio: "none" })) {
        bytes += chunk.length;
        break;
      }
      expect(bytes).toBeGreaterThan(0);
    });

    test("survives the death of the process", async (context) => {
      if (process.platform !== "linux") context.skip("SKIPPED: finds the process in /proc");
      const { promise: isRunning, resolve } = Promise.withResolvers<void>();
      const failure = failureOf(
        transcodeAll(create(), {
          input: await fileInput(await mediaFixture("webm-vp8-long")),
          durationSeconds: 600,
          onProgress: () => resolve(),
        }),
      );
      await isRunning;
      for (const id of await processesNaming(scratch)) process.kill(id, "SIGKILL");
      expect(await failure).toMatchObject({
        code: "transcode_failed",
        message: expect.stringContaining("killed"),
      });
    });

    test("gives up on media that does not come", async () => {
      const input = {
        size: 1e6,
        async *read(_offset: number, _length: number, signal: AbortSignal) {
          if (!signal.aborted) await once(signal, "abort");
          yield new Uint8Array(0);
        },
      };
      const transcoder = create({ inactivityTimeoutMs: 800 });
      expect((await failureOf(transcodeAll(transcoder, { input }))).code).toBe("timeout");
    });

    test("passes on why the media could not be read", async () => {
      const whole = await fileInput(await mediaFixture("webm-vp8-opus"));
      const lost = new IpfsKitError("not_found", "No provider has it.");
      const input = {
        size: whole.size,
        async *read(offset: number, length: number, signal: AbortSignal) {
          if (offset + length < whole.size / 2) yield* whole.read(offset, length, signal);
          else yield* whole.read(offset, whole.size / 2 - offset, signal);
          throw lost;
        },
      };
      expect(await failureOf(transcodeAll(create(), { input }))).toBe(lost);
    });
  });
}

describeTranscoder("ffmpeg", hasFfmpeg, createFfmpegTranscoder);
describeTranscoder("node-av", hasNodeAv, createNodeAvTranscoder);

describe("findTranscoder", () => {
  test("does not find an ffmpeg that is not there", async () => {
    expect(await findTranscoder({ use: "ffmpeg", ffmpegPath: "/nowhere/ffmpeg" })).toBeUndefined();
  });

  test("falls back to node-av", async (context) => {
    if (!hasNodeAv) context.skip("SKIPPED: node-av does not work on this machine");
    const found = await findTranscoder({ ffmpegPath: "/nowhere/ffmpeg" });
    expect(found?.name).toBe("node-av");
  });
});
