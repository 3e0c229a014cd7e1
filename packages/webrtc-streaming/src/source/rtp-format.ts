import { IpfsKitError } from "@ipfs-kit/core";
import {
  Av1Packetizer,
  H264Packetizer,
  parseAvcDecoderConfigurationRecord,
  Vp8Packetizer,
  Vp9Packetizer,
} from "werift";

import { MAX_PAYLOAD_BYTES } from "../defaults.ts";
import type { AudioTrackInfo, MediaPacket, TrackKind, VideoTrackInfo } from "./media-file.ts";
import { spsOf } from "./playability.ts";

/** How a track travels over RTP: what the offer says of it, and how frames become payloads. */
export interface RtpFormat {
  kind: TrackKind;
  /** The encoding name of the RTP payload format, e.g. `"VP8"`. */
  name: string;
  clockRate: number;
  channels?: number;
  /** The `a=fmtp` line, without the payload type. */
  parameters?: string;
  /** The payloads of one frame, in order. Keeps state (picture ids): one per sender. */
  createPacketizer(): (packet: MediaPacket) => Uint8Array[];
}

const VIDEO_CLOCK = 90_000;
const AUDIO_CLOCK = 48_000;
const OPTIONS = { maxPayloadSize: MAX_PAYLOAD_BYTES };

/** Constrained Baseline (RFC 6184, 8.1) with the stream's own level. */
const BASELINE_PREFIX = "42e0";
const LEVEL_3_1 = 31;

/** Codecs that go out as they are, by the names containers give them: those of {@link rtpFormatOf}. */
export const SENT_CODECS = { video: ["avc", "vp8", "vp9", "av1"], audio: ["opus"] } as const;

/**
 * @throws IpfsKitError `unplayable` for a codec without a payload format here; {@link judgePlayability}
 * never lets one through
 */
export function rtpFormatOf(track: VideoTrackInfo | AudioTrackInfo): RtpFormat {
  if (track.kind === "audio") return opus();
  switch (track.codec) {
    case "vp8":
      return video("VP8", undefined, () => {
        const packetizer = new Vp8Packetizer(OPTIONS);
        return ({ data }) => payloads(packetizer.packetize(asBuffer(data), 0));
      });
    case "vp9":
      return video("VP9", "profile-id=0", () => {
        const packetizer = new Vp9Packetizer(OPTIONS);
        return ({ data, keyFrame }) =>
          payloads(packetizer.packetize(asBuffer(data), 0, { isKeyframe: keyFrame }));
      });
    case "av1":
      return video("AV1", undefined, () => {
        const packetizer = new Av1Packetizer(OPTIONS);
        return ({ data, keyFrame }) =>
          payloads(packetizer.packetize(asBuffer(data), 0, { isKeyframe: keyFrame }));
      });
    case "avc":
      return h264(track);
    default:
      throw new IpfsKitError("unplayable", `There is no RTP payload format for ${track.codec}.`);
  }
}

/**
 * Payload formats are RFC 7741 (VP8), RFC 9628 (VP9), the AV1 RTP specification and RFC 6184
 * (H.264). H.264 is offered as Constrained Baseline whatever its profile: Chromium lists no High
 * profile, yet decodes it as long as frames are not reordered.
 */
function h264(track: VideoTrackInfo): RtpFormat {
  const { description } = track;
  if (description === undefined) {
    throw new IpfsKitError("unplayable", "The H.264 parameters are missing.");
  }
  const { naluLengthSize, parameterSets } = parseAvcDecoderConfigurationRecord(description);
  const level = (spsOf(track)?.levelIdc ?? LEVEL_3_1).toString(16).padStart(2, "0");
  return video(
    "H264",
    `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${BASELINE_PREFIX}${level}`,
    () => {
      const packetizer = new H264Packetizer({
        ...OPTIONS,
        inputFormat: "length-prefixed",
        naluLengthSize,
        parameterSets,
      });
      return ({ data, keyFrame }) =>
        payloads(packetizer.packetize(asBuffer(data), 0, { isKeyframe: keyFrame }));
    },
  );
}

/** RFC 7587: always announced as 48 kHz stereo. */
function opus(): RtpFormat {
  return {
    kind: "audio",
    name: "opus",
    clockRate: AUDIO_CLOCK,
    channels: 2,
    parameters: "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1",
    // One packet is one payload, whatever its size: Opus cannot be cut, IP has to.
    createPacketizer: () => (packet) => (packet.data.length === 0 ? [] : [packet.data]),
  };
}

function video(
  name: string,
  parameters: string | undefined,
  createPacketizer: RtpFormat["createPacketizer"],
): RtpFormat {
  return {
    kind: "video",
    name,
    clockRate: VIDEO_CLOCK,
    ...(parameters === undefined ? {} : { parameters }),
    createPacketizer,
  };
}

function payloads(packets: readonly { payload: Uint8Array }[]): Uint8Array[] {
  return packets.map(({ payload }) => payload);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
