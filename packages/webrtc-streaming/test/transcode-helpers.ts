import { open, readdir, readFile, stat } from "node:fs/promises";

import { BufferSource, EncodedPacketSink, ALL_FORMATS, Input } from "mediabunny";

import type { MediaInput, TranscodeRequest, Transcoder } from "../src/transcode/transcoder.ts";

/** A file as the transcoder sees content: read by ranges, in small chunks. */
export async function fileInput(path: string): Promise<MediaInput> {
  const { size } = await stat(path);
  return {
    size,
    async *read(offset, length, signal) {
      await using file = await open(path);
      const end = offset + length;
      for (let at = offset; at < end && !signal.aborted;) {
        const chunk = Buffer.alloc(Math.min(65_536, end - at));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
        at += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    },
  };
}

export function bytesInput(bytes: Uint8Array): MediaInput {
  return {
    size: bytes.length,
    async *read(offset, length) {
      yield bytes.subarray(offset, offset + length);
    },
  };
}

export async function transcodeAll(
  transcoder: Transcoder,
  request: Omit<TranscodeRequest, "video" | "audio"> & Partial<TranscodeRequest>,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of transcoder.transcode({ video: "h264", audio: "opus", ...request })) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

interface TrackReport {
  codec: string | null;
  timestamps: number[];
  keyframes: number[];
  endSeconds: number;
}

export interface MediaReport {
  video: (TrackReport & { width: number; height: number; rotation: number }) | undefined;
  audio: (TrackReport & { channels: number; sampleRate: number }) | undefined;
}

/** What a player finds in these bytes: packets in the order of decoding, times in seconds. */
export async function inspect(bytes: Uint8Array): Promise<MediaReport> {
  using input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  const report = async (track: NonNullable<typeof video | typeof audio>): Promise<TrackReport> => {
    const timestamps: number[] = [];
    const keyframes: number[] = [];
    for await (const packet of new EncodedPacketSink(track).packets()) {
      timestamps.push(packet.timestamp);
      if (packet.type === "key") keyframes.push(packet.timestamp);
    }
    const [codec, endSeconds] = [await track.getCodec(), await track.computeDuration()];
    return { codec, timestamps, keyframes, endSeconds };
  };
  return {
    video:
      video === null
        ? undefined
        : {
            ...(await report(video)),
            width: await video.getDisplayWidth(),
            height: await video.getDisplayHeight(),
            rotation: await video.getRotation(),
          },
    audio:
      audio === null
        ? undefined
        : {
            ...(await report(audio)),
            channels: await audio.getNumberOfChannels(),
            sampleRate: await audio.getSampleRate(),
          },
  };
}

/** The ids of processes that name `text` in their command line. Linux only: empty elsewhere. */
export async function processesNaming(text: string): Promise<number[]> {
  const entries = await readdir("/proc").catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const commandLine = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
      return commandLine.includes(text) ? Number(entry) : undefined;
    }),
  );
  return found.filter((id) => id !== undefined);
}
