import type { Transcoder } from "@ipfs-kit/webrtc-streaming";

import { MEDIA_SECONDS, rawMedia } from "./raw-media.ts";

/** Something to show. */
export interface DemoContent {
  name: string;
  bytes: Uint8Array;
  isVideo: boolean;
}

const GREETING = `This text is content of IPFS: its address is made from its bytes, so nobody can change it.

There is no transcoder on this machine, so there is no test video. Install ffmpeg, and try again.
`;

/** A short test video where there is something to make one with, else a text. */
export async function demoContent(
  transcoder: Transcoder | undefined,
  signal: AbortSignal,
): Promise<DemoContent> {
  if (transcoder === undefined) {
    return { name: "hello.txt", bytes: Buffer.from(GREETING), isVideo: false };
  }
  const media = rawMedia();
  const pieces: Uint8Array[] = [];
  const request = {
    input: {
      size: media.length,
      read: async function* (offset: number, length: number) {
        yield media.subarray(offset, offset + length);
      },
    },
    video: "h264",
    audio: "opus",
    durationSeconds: MEDIA_SECONDS,
    signal,
  } as const;
  for await (const piece of transcoder.transcode(request)) pieces.push(piece);
  return { name: "test-video.mp4", bytes: Buffer.concat(pieces), isVideo: true };
}
