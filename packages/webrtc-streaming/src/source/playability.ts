import { parseAvcDecoderConfigurationRecord } from "werift";

import type { AudioTrackInfo, MediaFile, VideoTrackInfo } from "./media-file.ts";
import { parseSps, type SpsInfo } from "./sps.ts";

/**
 * What must happen to a track before every current browser can take it over WebRTC:
 * `undefined` nothing, else the reason in a few words.
 */
export interface Playability {
  video: string | undefined;
  audio: string | undefined;
}

/** Opus over RTP (RFC 7587) is mono or stereo. */
const MAX_OPUS_CHANNELS = 2;

/** Looks at codecs, profiles and frame order; reads at most a few hundred time stamps. */
export async function judgePlayability(file: MediaFile): Promise<Playability> {
  return {
    video: file.video && (await whyNotVideo(file, file.video)),
    audio: file.audio && whyNotAudio(file.audio),
  };
}

async function whyNotVideo(file: MediaFile, video: VideoTrackInfo): Promise<string | undefined> {
  if (video.rotation !== 0) return `the picture is rotated by ${video.rotation}°`;
  switch (video.codec) {
    case "vp8":
      return undefined;
    case "vp9":
      // vp09.<profile>.<level>.<depth>: only profile 0 (8 bit 4:2:0) is decoded everywhere.
      return /^vp0?9(?:\.00|$)/.test(video.codecString)
        ? undefined
        : "VP9 with more than 8 bit 4:2:0";
    case "av1":
      return /^av01(?:\.0|$)/.test(video.codecString) ? undefined : "AV1 beyond the Main profile";
    case "avc":
      return whyNotH264(file, video);
    default:
      return `browsers take no ${video.codec} over WebRTC`;
  }
}

async function whyNotH264(file: MediaFile, video: VideoTrackInfo): Promise<string | undefined> {
  const sps = spsOf(video);
  if (sps === undefined) return "H.264 without readable parameters in its container";
  if (sps.chromaFormatIdc !== 1 || sps.bitDepth !== 8) return "H.264 beyond 8 bit 4:2:0";
  if (sps.interlaced) return "the video is interlaced";
  const reordered =
    sps.maxReorderFrames === undefined ? await file.hasReorderedFrames() : sps.maxReorderFrames > 0;
  return reordered ? "H.264 with B-frames" : undefined;
}

/** The first sequence parameter set of an H.264 track, when the container carries it. */
export function spsOf(video: VideoTrackInfo): SpsInfo | undefined {
  if (video.description === undefined) return undefined;
  let sets: Uint8Array[];
  try {
    sets = parseAvcDecoderConfigurationRecord(video.description).sps;
  } catch {
    return undefined; // A record from a stranger that makes no sense.
  }
  const [first] = sets;
  return first && parseSps(first);
}

function whyNotAudio(audio: AudioTrackInfo): string | undefined {
  if (audio.codec !== "opus") return `browsers take no ${audio.codec} over WebRTC`;
  if (audio.channels > MAX_OPUS_CHANNELS) return `Opus with ${audio.channels} channels`;
  return undefined;
}
