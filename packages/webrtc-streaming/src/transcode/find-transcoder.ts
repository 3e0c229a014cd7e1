import { createFfmpegTranscoder, ffmpegWorks } from "./ffmpeg-transcoder.ts";
import { createNodeAvTranscoder, nodeAvWorks } from "./node-av-transcoder.ts";
import type { Transcoder, TranscoderInit } from "./transcoder.ts";

export interface FindTranscoderInit extends TranscoderInit {
  /**
   * Looks for this one only.
   *
   * @default the ffmpeg program, else the package node-av
   */
  use?: "ffmpeg" | "node-av" | undefined;
}

/**
 * A transcoder that works on this machine, proved by trying, or `undefined`. Takes up to a second:
 * call it once and keep what it gives.
 */
export async function findTranscoder({ use, ...init }: FindTranscoderInit = {}): Promise<
  Transcoder | undefined
> {
  if (use !== "node-av" && (await ffmpegWorks(init))) return createFfmpegTranscoder(init);
  if (use !== "ffmpeg" && (await nodeAvWorks())) return createNodeAvTranscoder(init);
  return undefined;
}
