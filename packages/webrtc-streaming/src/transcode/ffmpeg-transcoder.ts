import { ffmpegArguments } from "./ffmpeg-arguments.ts";
import { AUDIO_ENCODER, VIDEO_ENCODER } from "./encoding-plan.ts";
import { PROBE_TIMEOUT_MS } from "./limits.ts";
import { ProcessTranscoder } from "./process-transcoder.ts";
import { runProcess } from "./run-process.ts";
import type { Transcoder, TranscoderInit } from "./transcoder.ts";

/** Transcodes with the system's ffmpeg program, 5.1 or later. Does not look whether it is there. */
export function createFfmpegTranscoder(init: TranscoderInit = {}): Transcoder {
  return new ProcessTranscoder(
    { name: "ffmpeg", program: init.ffmpegPath ?? "ffmpeg", arguments: ffmpegArguments },
    init,
  );
}

// Encodes a fifth of a second of nothing, and throws it away.
const PROBE = `-hide_banner -nostdin -loglevel error
  -f lavfi -i color=size=64x64:rate=10:duration=0.2
  -f lavfi -i anullsrc=r=48000:cl=stereo -t 0.2
  -fps_mode vfr -c:v ${VIDEO_ENCODER.name} -c:a ${AUDIO_ENCODER.name} -f null -`.split(/\s+/u);

/** Whether that ffmpeg is there and encodes what we need: tried, not read from a list. */
export async function ffmpegWorks({
  ffmpegPath = "ffmpeg",
}: Pick<TranscoderInit, "ffmpegPath"> = {}): Promise<boolean> {
  return runProcess({
    program: ffmpegPath,
    arguments: PROBE,
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  }).then(
    ({ exitCode }) => exitCode === 0,
    () => false,
  );
}
