import { abortable, IpfsKitError } from "@ipfs-kit/core";
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
  type PacketRetrievalOptions,
  type Source,
} from "mediabunny";

import { MAX_PACKET_BYTES, REORDER_PROBE_PACKETS } from "../defaults.ts";

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

/** What opening a file found out. */
interface MediaFileParts {
  input: Input;
  container: string;
  durationSeconds: number | undefined;
  firstTimestamp: number;
  trackCount: number;
  video: { track: InputVideoTrack; info: VideoTrackInfo } | undefined;
  audio: { track: InputAudioTrack; info: AudioTrackInfo } | undefined;
}

/**
 * An open audio or video file: its tracks, and their packets from any position. Its time begins at 0,
 * also where the container counts from somewhere else (a piece cut out of a recording).
 */
export class MediaFile implements Disposable {
  /** `"MP4"`, `"WebM"`, … */
  readonly container: string;
  readonly durationSeconds: number | undefined;
  readonly video: VideoTrackInfo | undefined;
  readonly audio: AudioTrackInfo | undefined;
  /** All tracks, with those nobody here plays. */
  readonly trackCount: number;
  readonly #input: Input;
  /** Where the container's time begins, in its own seconds. */
  readonly #offset: number;
  readonly #sinks: Readonly<Record<TrackKind, EncodedPacketSink | undefined>>;

  private constructor(parts: MediaFileParts) {
    const { input, container, durationSeconds, firstTimestamp, trackCount, video, audio } = parts;
    this.container = container;
    // A little before 0 is what codecs need to warm up; it is not heard.
    this.#offset = Math.max(0, firstTimestamp);
    this.durationSeconds =
      durationSeconds !== undefined && durationSeconds > this.#offset
        ? durationSeconds - this.#offset
        : durationSeconds;
    this.trackCount = trackCount;
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
      const video = await input.getPrimaryVideoTrack();
      const audio = await input.getPrimaryAudioTrack();
      if (video === null && audio === null) {
        throw new IpfsKitError("corrupt_media", `The ${format.name} file has no tracks.`);
      }
      const duration =
        (await input.getDurationFromMetadata()) ??
        // Ogg says it only in its last page, which is quickly found; others would be read whole.
        (format.name === "Ogg" ? await input.computeDuration() : undefined);
      return new MediaFile({
        input,
        container: format.name,
        durationSeconds: duration,
        firstTimestamp: await input.getFirstTimestamp(
          [video, audio].filter((track) => track !== null),
        ),
        trackCount: (await input.getTracks()).length,
        video: video === null ? undefined : { track: video, info: await describeVideo(video) },
        audio: audio === null ? undefined : { track: audio, info: await describeAudio(audio) },
      });
    } catch (error) {
      input.dispose();
      throw readable(error);
    }
  }

  /**
   * The packets of a track in decoding order, starting at the last key frame at or before `from`
   * seconds (for audio, at the packet that sounds then).
   *
   * @throws IpfsKitError `corrupt_media` where the bytes make no sense; the signal's reason
   */
  async *packets(
    kind: TrackKind,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<MediaPacket, void> {
    const sink = this.#sinks[kind];
    if (sink === undefined) return;
    const at = from + this.#offset;
    try {
      let packet =
        (await loadPacket(signal, async (options) =>
          kind === "video" ? sink.getKeyPacket(at, options) : sink.getPacket(at, options),
        )) ?? (await loadPacket(signal, async (options) => sink.getFirstPacket(options)));
      while (packet !== null) {
        yield {
          data: packet.data,
          timestamp: packet.timestamp - this.#offset,
          duration: packet.duration,
          keyFrame: kind === "audio" || packet.type === "key",
        };
        const previous: EncodedPacket = packet;
        packet = await loadPacket(signal, async (options) => sink.getNextPacket(previous, options));
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

/** Loads a packet, but only after its size and time have been looked at: both are a stranger's word. */
async function loadPacket(
  signal: AbortSignal,
  find: (options: PacketRetrievalOptions) => Promise<EncodedPacket | null>,
): Promise<EncodedPacket | null> {
  const listed = await abortable(find({ metadataOnly: true }), signal);
  if (listed === null) return null;
  if (!Number.isFinite(listed.timestamp)) {
    throw new IpfsKitError("corrupt_media", "A time stamp in the file is not a number.");
  }
  if (listed.byteLength > MAX_PACKET_BYTES) {
    throw new IpfsKitError(
      "corrupt_media",
      `A frame of ${listed.byteLength} bytes is too large to be played.`,
    );
  }
  return abortable(find({}), signal);
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
