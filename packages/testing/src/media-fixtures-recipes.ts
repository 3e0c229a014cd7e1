import { barcodeFilters } from "./media-fixtures-barcode.ts";

/** An encoder and its options, under the names that FFmpeg gives them on every way in. */
export interface EncoderRecipe {
  readonly encoder: string;
  readonly options: Readonly<Record<string, string>>;
}

/** How to make one file: read alike by the ffmpeg program and by FFmpeg's library. */
export interface MediaRecipe {
  /** FFmpeg's name of the container. */
  readonly format: string;
  readonly extension: string;
  readonly video?: EncoderRecipe & { readonly source: string };
  readonly audio?: EncoderRecipe & { readonly source: string };
}

interface Picture {
  width: number;
  height: number;
  fps: number;
  durationSeconds: number;
}

export const SHORT: Picture = { width: 640, height: 360, fps: 30, durationSeconds: 8 };
export const LONG: Picture = { width: 320, height: 180, fps: 15, durationSeconds: 600 };

function picture({ width, height, fps, durationSeconds }: Picture): string {
  return [
    `testsrc2=size=${width}x${height}:rate=${fps}:duration=${durationSeconds}`,
    "noise=alls=16:allf=t:all_seed=7",
    barcodeFilters(width),
    "format=yuv420p",
  ].join(",");
}

/** A 440 Hz tone with a high beep at the start of each second. */
function tone({ durationSeconds }: Picture): string {
  return [
    `sine=frequency=440:beep_factor=4:sample_rate=48000:duration=${durationSeconds}`,
    "aformat=channel_layouts=stereo",
  ].join(",");
}

const opus: EncoderRecipe = { encoder: "libopus", options: { b: "96k" } };
const thriftyOpus: EncoderRecipe = {
  encoder: "libopus",
  options: { b: "32k", compression_level: "0" },
};
const aac: EncoderRecipe = { encoder: "aac", options: { b: "128k" } };
const mp3: EncoderRecipe = { encoder: "libmp3lame", options: { b: "128k" } };

const vp8 = (options: Readonly<Record<string, string>>): EncoderRecipe => ({
  encoder: "libvpx",
  options: { deadline: "realtime", "cpu-used": "8", threads: "1", ...options },
});
const h264 = (options: Readonly<Record<string, string>>): EncoderRecipe => ({
  encoder: "libx264",
  options: { threads: "1", ...options },
});
const mpeg4: EncoderRecipe = { encoder: "mpeg4", options: { b: "1500k", g: "60" } };

function short(format: string, extension: string, video: EncoderRecipe, audio: EncoderRecipe) {
  return {
    format,
    extension,
    video: { ...video, source: picture(SHORT) },
    audio: { ...audio, source: tone(SHORT) },
  } satisfies MediaRecipe;
}

function long(format: string, extension: string, video: EncoderRecipe) {
  return {
    format,
    extension,
    video: { ...video, source: picture(LONG) },
    audio: { ...thriftyOpus, source: tone(LONG) },
  } satisfies MediaRecipe;
}

export const RECIPES = {
  "webm-vp8-opus": short("webm", "webm", vp8({ b: "1M", g: "30" }), opus),
  "webm-vp9-opus": short(
    "webm",
    "webm",
    {
      encoder: "libvpx-vp9",
      options: { deadline: "realtime", "cpu-used": "8", threads: "1", b: "1M", g: "30" },
    },
    opus,
  ),
  "webm-av1-opus": short(
    "webm",
    "webm",
    { encoder: "libsvtav1", options: { preset: "12", g: "30", b: "1M" } },
    opus,
  ),
  "mp4-h264-baseline-opus": short(
    "mp4",
    "mp4",
    h264({ preset: "veryfast", profile: "baseline", bf: "0", g: "30", b: "1M" }),
    opus,
  ),
  "mp4-phone": short(
    "mp4",
    "mp4",
    h264({ preset: "veryfast", profile: "high", bf: "3", g: "250", crf: "26" }),
    aac,
  ),
  "mp4-mpeg4-aac": short("mp4", "mp4", mpeg4, aac),
  // Shows its first frame twice: MP3 starts late, and AVI cannot say so.
  "avi-mpeg4-mp3": short("avi", "avi", mpeg4, mp3),
  "mov-h264-pcm": short(
    "mov",
    "mov",
    h264({ preset: "veryfast", profile: "main", bf: "0", g: "60", crf: "26" }),
    { encoder: "pcm_s16le", options: {} },
  ),
  "ogg-opus": { format: "ogg", extension: "ogg", audio: { ...opus, source: tone(SHORT) } },
  "webm-vp8-long": long("webm", "webm", vp8({ b: "150k", g: "150" })),
  "mp4-h264-long": long(
    "mp4",
    "mp4",
    h264({ preset: "ultrafast", profile: "baseline", bf: "0", g: "250", b: "150k" }),
  ),
} satisfies Record<string, MediaRecipe>;

export type MediaFixtureName = keyof typeof RECIPES;
