import type { TranscodeJob } from "./encoding-plan.ts";

const TREATMENTS = { video: ["copy", "h264", "none"], audio: ["copy", "opus", "none"] } as const;

/** The job that a worker's argument describes. */
export function parseTranscodeJob(json: string): TranscodeJob {
  const job: unknown = JSON.parse(json);
  if (
    typeof job === "object" &&
    job !== null &&
    "inputUrl" in job &&
    typeof job.inputUrl === "string" &&
    "outputPath" in job &&
    typeof job.outputPath === "string" &&
    "threads" in job &&
    typeof job.threads === "number"
  ) {
    const { inputUrl, outputPath, threads } = job;
    const video = TREATMENTS.video.find((one) => "video" in job && job.video === one);
    const audio = TREATMENTS.audio.find((one) => "audio" in job && job.audio === one);
    if (video !== undefined && audio !== undefined) {
      return { inputUrl, outputPath, video, audio, threads };
    }
  }
  throw new TypeError("The argument is not a transcode job.");
}
