import { IpfsKitError } from "@ipfs-kit/core";
import {
  ADTS,
  EncodedPacketSink,
  FLAC,
  Input,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  WAVE,
  WEBM,
  type EncodedPacket,
  type InputAudioTrack,
  type InputTrack,
  type InputVideoTrack,
  type Source,
} from "mediabunny";

import { REORDER_PROBE_PACKETS } from "../defaults.ts";

export type TrackKind = "video" | "audio";

/** One encoded frame, or one audio packet. */
export interface MediaPacket {
  data: Uint8Array;
  /** When it is shown or heard, in seconds of media time. */
  timestamp: number;
  /** 0 when the container does not say. */
  duration: number;
  /** Decoding can start here. Always true for audio. */
  keyFrame: boolean;
}

export interface VideoTrackInfo {
  kind: "video";
  /** `vp8`, `vp9`, `av1`, `avc`, `hevc` …, else the container's own name for it. */
  codec: string;
  width: number;
  height: number;
  /** Degrees the picture must be turned clockwise. */
  rotation: number;
  /** Out-of-band configuration, e.g. the avcC box of H.264. */
  description: Uint8Array | undefined;
  /** The codec with its profile, as in a MIME type. */
  codecString: string;
}

export interface AudioTrackInfo {
  kind: "audio";
  /** `opus`, `aac`, `mp3`, `vorbis` …, else the container's own name for it. */
  codec: string;
  channels: number;
  sampleRate: number;
}

/** Containers that hold their media. Playlists are left out: they name other places to read from. */
const FORMATS = [MP4, QTFF, MATROSKA, WEBM, MPEG_TS, OGG, MP3, WAVE, FLAC, ADTS];

/** The demuxer's names of the containers whose index lists every packet. */
const INDEXED_CONTAINERS: ReadonlySet<string> = new Set(["MP4", "QuickTime File Format"]);

/** An open audio or video file: its tracks, and their packets from any position. */
export class MediaFile implements Disposable {
  /** `"MP4"`, `"WebM"`, … */
  readonly container: string;
  readonly durationSeconds: number | undefined;
  readonly video: VideoTrackInfo | undefined;
  readonly audio: AudioTrackInfo | undefined;
  readonly #input: Input;
  readonly #sinks: Readonly<Record<TrackKind, EncodedPacketSink | undefined>>;

  private constructor(
    input: Input,
    container: string,
    durationSeconds: number | undefined,
    video: { track: InputVideoTrack; info: VideoTrackInfo } | undefined,
    audio: { track: InputAudioTrack; info: AudioTrackInfo } | undefined,
  ) {
    this.container = container;
    this.durationSeconds = durationSeconds;
    this.video = video?.info;
    this.audio = audio?.info;
    this.#input = input;
    this.#sinks = {
      video: video && new EncodedPacketSink(video.track),
      audio: audio && new EncodedPacketSink(audio.track),
    };
  }

  /**
   * Reads what is needed to understand the file: a few kilobytes for most containers.
   *
   * @throws IpfsKitError `not_media` for a container nobody here knows; `corrupt_media` for a known
   * one that is damaged, cut short or without tracks
   */
  static async open(source: Source): Promise<MediaFile> {
    const input = new Input({ source, formats: FORMATS });
    try {
      const format = await input.getFormat().catch((error: unknown) => {
        // Whatever goes wrong while the container is still being guessed: it is none we know.
        throw error instanceof IpfsKitError ? error : notMedia(error);
      });
      const [videoTrack, audioTrack] = [
        await input.getPrimaryVideoTrack(),
        await input.getPrimaryAudioTrack(),
      ];
      if (videoTrack === null && audioTrack === null) {
        throw new IpfsKitError("corrupt_media", `The ${format.name} file has no tracks.`);
      }
      const duration =
        (await input.getDurationFromMetadata()) ??
        // Ogg says it only in its last page, which is quickly found; others would be read whole.
        (format.name === "Ogg" ? await input.computeDuration() : null);
      return new MediaFile(
        input,
        format.name,
        duration ?? undefined,
        videoTrack === null
          ? undefined
          : { track: videoTrack, info: await describeVideo(videoTrack) },
        audioTrack === null
          ? undefined
          : { track: audioTrack, info: await describeAudio(audioTrack) },
      );
    } catch (error) {
      input.dispose();
      throw readable(error);
    }
  }

  /**
   * The packets of a track in decoding order, starting at the last key frame at or before `from`
   * seconds (for audio, at the packet that sounds then).
   *
   * @throws IpfsKitError `corrupt_media` where the bytes make no sense
   */
  async *packets(kind: TrackKind, from: number): AsyncGenerator<MediaPacket, void> {
    const sink = this.#sinks[kind];
    if (sink === undefined) return;
    try {
      const start =
        (kind === "video" ? await sink.getKeyPacket(from) : await sink.getPacket(from)) ??
        (await sink.getFirstPacket());
      if (start === null) return;
      for (
        let packet: EncodedPacket | null = start;
        packet !== null;
        packet = await sink.getNextPacket(packet)
      ) {
        if (!Number.isFinite(packet.timestamp)) {
          throw new IpfsKitError("corrupt_media", "A time stamp in the file is not a number.");
        }
        yield {
          data: packet.data,
          timestamp: packet.timestamp,
          duration: packet.duration,
          keyFrame: kind === "audio" || packet.type === "key",
        };
      }
    } catch (error) {
      throw readable(error);
    }
  }

  /**
   * Whether frames at the start of the video are stored in another order than they are shown.
   * Looks at {@link REORDER_PROBE_PACKETS} time stamps.
   */
  async hasReorderedFrames(): Promise<boolean> {
    const sink = this.#sinks.video;
    if (sink === undefined) return false;
    let latest = Number.NEGATIVE_INFINITY;
    let looked = 0;
    const packets = sink.packets(undefined, undefined, { metadataOnly: true });
    for await (const { timestamp } of packets) {
      if (timestamp < latest) return true;
      latest = timestamp;
      looked += 1;
      if (looked >= REORDER_PROBE_PACKETS) return false;
    }
    return false;
  }

  /**
   * Reads the last packet of every track, where the container has an index that says where it is; a
   * file cut short no longer has it. Others show their end only when they are played to it.
   *
   * @throws IpfsKitError `corrupt_media`
   */
  async verifyEnd(): Promise<void> {
    if (!INDEXED_CONTAINERS.has(this.container)) return;
    try {
      for (const sink of Object.values(this.#sinks)) await sink?.getPacket(Infinity);
    } catch (error) {
      throw readable(error);
    }
  }

  [Symbol.dispose](): void {
    this.#input.dispose();
  }
}

async function describeVideo(track: InputVideoTrack): Promise<VideoTrackInfo> {
  const config = await track.getDecoderConfig().catch(() => null);
  return {
    kind: "video",
    codec: (await track.getCodec()) ?? (await ownName(track)),
    width: await track.getCodedWidth(),
    height: await track.getCodedHeight(),
    rotation: await track.getRotation(),
    description: asBytes(config?.description),
    codecString: config?.codec ?? "",
  };
}

async function describeAudio(track: InputAudioTrack): Promise<AudioTrackInfo> {
  return {
    kind: "audio",
    codec: (await track.getCodec()) ?? (await ownName(track)),
    channels: await track.getNumberOfChannels(),
    sampleRate: await track.getSampleRate(),
  };
}

/** What the container calls a codec the demuxer has no name for, e.g. `mp4v`. */
async function ownName(track: InputTrack): Promise<string> {
  const id = await track.getInternalCodecId();
  return typeof id === "string" && /^[\w./-]{1,32}$/.test(id) ? id : "unknown";
}

function asBytes(source: ArrayBufferLike | ArrayBufferView | undefined): Uint8Array | undefined {
  if (source === undefined) return undefined;
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  return new Uint8Array(source);
}

function notMedia(cause: unknown): IpfsKitError {
  return new IpfsKitError("not_media", "This is not audio or video we can read.", { cause });
}

/** The demuxer's complaints are about bytes from a stranger; the store's own errors pass through. */
function readable(error: unknown): unknown {
  if (error instanceof IpfsKitError) return error;
  return new IpfsKitError("corrupt_media", "The file is damaged or cut short.", { cause: error });
}
