import {
  AUDIO_ENCODER,
  AUDIO_FILTERS,
  DECODER_OPTIONS,
  INPUT_OPTIONS,
  KEYFRAME_INTERVAL_SECONDS,
  MUXER_OPTIONS,
  VIDEO_ENCODER,
  VIDEO_FILTERS,
  type TranscodeJob,
} from "./encoding-plan.ts";

/** The arguments with which the ffmpeg program does the job, telling its progress on stdout. */
export function ffmpegArguments({
  inputUrl,
  outputPath,
  video,
  audio,
  threads,
}: TranscodeJob): string[] {
  return [
    "-hide_banner",
    "-nostdin",
    "-y",
    ...toArguments({ loglevel: "error", progress: "pipe:1", filter_threads: "1" }),
    ...toArguments({ threads: String(threads), ...DECODER_OPTIONS, ...INPUT_OPTIONS }),
    ...toArguments({ i: inputUrl }),
    "-sn",
    "-dn",
    ...toArguments({ map_metadata: "-1", map_chapters: "-1" }),
    ...videoArguments(video, threads),
    ...audioArguments(audio),
    ...toArguments({ max_muxing_queue_size: "4096", ...MUXER_OPTIONS, f: "mp4" }),
    outputPath,
  ];
}

function videoArguments(video: TranscodeJob["video"], threads: number): string[] {
  if (video === "none") return ["-vn"];
  // "V" leaves cover pictures out; "?" allows for media without a picture.
  const map = "0:V:0?";
  if (video === "copy") return toArguments({ map, "c:v": "copy" });
  return [
    ...toArguments({ map, vf: VIDEO_FILTERS, "c:v": VIDEO_ENCODER.name }),
    ...toArguments({ threads: String(threads), ...VIDEO_ENCODER.options }, ":v"),
    // Phones film with a varying rate. Without this some versions repeat frames to even it out.
    ...toArguments({
      fps_mode: "vfr",
      force_key_frames: `expr:gte(t,n_forced*${KEYFRAME_INTERVAL_SECONDS}-0.002)`,
    }),
  ];
}

function audioArguments(audio: TranscodeJob["audio"]): string[] {
  if (audio === "none") return ["-an"];
  const map = "0:a:0?";
  if (audio === "copy") return toArguments({ map, "c:a": "copy" });
  return [
    ...toArguments({ map, af: AUDIO_FILTERS, "c:a": AUDIO_ENCODER.name }),
    ...toArguments(AUDIO_ENCODER.options, ":a"),
  ];
}

function toArguments(options: Readonly<Record<string, string>>, specifier = ""): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`-${name}${specifier}`, value]);
}
