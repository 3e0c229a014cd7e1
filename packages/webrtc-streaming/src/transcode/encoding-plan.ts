// What the output looks like and what input is let in, in FFmpeg's words: read alike by the
// arguments of the ffmpeg program and by the worker that uses FFmpeg's library.

/** What a conversion consists of, for the program that does it. */
export interface TranscodeJob {
  inputUrl: string;
  outputPath: string;
  video: "copy" | "h264" | "none";
  audio: "copy" | "opus" | "none";
  threads: number;
}

export const KEYFRAME_INTERVAL_SECONDS = 2;

const LONG_SIDE = 1920;
const SHORT_SIDE = 1080;
/** 60 frames/s in a container that counts milliseconds are at times 16 ms apart: let them pass. */
const MIN_FRAME_SECONDS = 0.0145;

/** Limits on what is opened. Demuxers that name further files or hosts are not on the list. */
export const INPUT_OPTIONS: Readonly<Record<string, string>> = {
  protocol_whitelist: "http,tcp",
  format_whitelist: [
    "mov",
    "matroska",
    "avi",
    "ogg",
    "mpegts",
    "mpeg",
    "flv",
    "asf",
    "mp3",
    "aac",
    "flac",
    "wav",
    "w64",
    "aiff",
    "caf",
    "au",
    "amr",
  ].join(","),
};

/** A frame larger than 8192x4320 is not decoded: that is memory, not video. */
export const DECODER_OPTIONS: Readonly<Record<string, string>> = {
  max_pixels: String(8192 * 4320),
};

// Square pixels, even sides, within the box of the picture's own orientation.
const FIT = `min(1,min(${LONG_SIDE}/max(iw*sar,ih),${SHORT_SIDE}/min(iw*sar,ih)))`;

export const VIDEO_FILTERS = [
  // Also drops frames whose time does not advance.
  `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${MIN_FRAME_SECONDS})'`,
  `scale=w='max(2,2*trunc(iw*sar*${FIT}/2+0.01))':h='max(2,2*trunc(ih*${FIT}/2+0.01))':flags=bicubic+accurate_rnd+bitexact`,
  "setsar=1",
  "format=yuv420p",
].join(",");

export const VIDEO_ENCODER = {
  name: "libx264",
  options: {
    preset: "veryfast",
    profile: "baseline",
    crf: "23",
    maxrate: "4500k",
    bufsize: "9000k",
    bf: "0",
    // Keyframes are asked for by time. This is only the bound behind it.
    g: "600",
    sc_threshold: "0",
    flags: "+bitexact+cgop",
  },
} as const;

export const AUDIO_FILTERS = [
  "aresample=48000",
  "aformat=sample_fmts=flt:channel_layouts=stereo",
].join(",");

export const AUDIO_ENCODER = {
  name: "libopus",
  options: { b: "128k", flags: "+bitexact" },
} as const;

export const MUXER_OPTIONS: Readonly<Record<string, string>> = {
  movflags: "+faststart",
  fflags: "+bitexact",
};
