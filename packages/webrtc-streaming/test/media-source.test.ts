import { openAsBlob } from "node:fs";

import { FIXTURES, mediaFixture, type MediaFixtureName } from "@ipfs-kit/testing";
import { BlobSource, Logging, LogLevel } from "mediabunny";
import { beforeAll, describe, expect, it } from "vitest";

import { MediaFile, type TrackKind } from "../src/source/media-file.ts";
import { judgePlayability } from "../src/source/playability.ts";
import { rtpFormatOf } from "../src/source/rtp-format.ts";
import { MAX_PAYLOAD_BYTES } from "../src/defaults.ts";

// As the manager does: its remarks on codecs it does not know are not for the console.
Logging.level = LogLevel.Silent;

const NEVER = new AbortController().signal;

/** The long ones take a while to make the first time, on a machine without ffmpeg half a minute. */
const MAKING_TIMEOUT_MS = 180_000;

beforeAll(async () => {
  await mediaFixture("webm-vp8-long");
  await mediaFixture("mp4-h264-long");
}, MAKING_TIMEOUT_MS);

async function openFixture(name: MediaFixtureName): Promise<MediaFile> {
  return MediaFile.open(new BlobSource(await openAsBlob(await mediaFixture(name))));
}

describe("what browsers take", () => {
  it.each([
    ["webm-vp8-opus", undefined, undefined],
    ["webm-vp9-opus", undefined, undefined],
    ["webm-av1-opus", undefined, undefined],
    ["mp4-h264-baseline-opus", undefined, undefined],
    ["mp4-h264-long", undefined, undefined],
    ["ogg-opus", undefined, undefined],
    ["mp4-phone", "H.264 with B-frames", "browsers take no aac over WebRTC"],
    ["mp4-mpeg4-aac", "browsers take no mp4v over WebRTC", "browsers take no aac over WebRTC"],
  ] as const)("%s", async (name, video, audio) => {
    using file = await openFixture(name);
    expect(await judgePlayability(file)).toEqual({ video, audio });
    expect(file.durationSeconds).toBeCloseTo(FIXTURES[name].durationSeconds, 0);
  });
});

describe("packets from a position", () => {
  it.each([
    ["webm-vp8-long", 418.9],
    ["mp4-h264-long", 418.9],
  ] as const)("of %s begin at the key frame before it", async (name, position) => {
    using file = await openFixture(name);
    const first = async (kind: TrackKind) => {
      for await (const packet of file.packets(kind, position, NEVER)) return packet;
      return undefined;
    };
    const video = await first("video");
    expect(video?.keyFrame).toBe(true);
    expect(video?.timestamp).toBeGreaterThan(position - 11);
    expect(video?.timestamp).toBeLessThanOrEqual(position);
    const audio = await first("audio");
    expect(audio?.timestamp).toBeGreaterThan(position - 0.1);
    expect(audio?.timestamp).toBeLessThanOrEqual(position);
  });
});

describe("payloads", () => {
  it.each(["webm-vp8-opus", "webm-vp9-opus", "webm-av1-opus", "mp4-h264-baseline-opus"] as const)(
    "of %s fit into a packet and carry the whole frame",
    async (name) => {
      using file = await openFixture(name);
      for (const track of [file.video, file.audio]) {
        expect(track).toBeDefined();
        if (track === undefined) continue;
        const packetize = rtpFormatOf(track).createPacketizer();
        let looked = 0;
        for await (const packet of file.packets(track.kind, 0, NEVER)) {
          const payloads = packetize(packet);
          const carried = payloads.reduce((sum, payload) => sum + payload.length, 0);
          expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(
            MAX_PAYLOAD_BYTES,
          );
          // Payload headers come on top; a temporal delimiter (AV1) or lengths (H.264) fall away.
          expect(carried).toBeGreaterThan(packet.data.length - 100);
          looked += 1;
          if (looked === 30) break;
        }
        expect(looked).toBe(30);
      }
    },
  );
});
