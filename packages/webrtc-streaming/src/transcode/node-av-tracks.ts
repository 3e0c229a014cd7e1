import {
  Codec,
  Decoder,
  Encoder,
  FilterAPI,
  type Frame,
  type Muxer,
  type Packet,
  type Stream,
} from "node-av";
import {
  AV_PICTURE_TYPE_I,
  AV_PKT_DATA_DISPLAYMATRIX,
  FF_ENCODER_LIBOPUS,
  FF_ENCODER_LIBX264,
  type FFEncoderCodec,
} from "node-av/constants";

import {
  AUDIO_ENCODER,
  AUDIO_FILTERS,
  DECODER_OPTIONS,
  KEYFRAME_INTERVAL_SECONDS,
  VIDEO_ENCODER,
  VIDEO_FILTERS,
} from "./encoding-plan.ts";
import { rotationFilters } from "./rotation-filters.ts";

/** Containers that count in milliseconds put frames this much too early. */
const ROUNDING_SECONDS = 0.002;

/** Takes the packets of one track of the input in their order, then `null`. */
export type Track = (packet: Packet | null) => Promise<void>;

export interface TrackInit {
  stream: Stream;
  muxer: Muxer;
  threads: number;
  /** Told the end of each packet written, in microseconds. */
  onWritten: (microseconds: number) => void;
}

/** Passes the packets on as they are. */
export function copyTrack(init: TrackInit): Track {
  const index = init.muxer.addStream(init.stream);
  return async (packet) => {
    await write(init, packet, index);
  };
}

/** Makes Opus. */
export async function opusTrack(init: TrackInit): Promise<Track> {
  const decoder = await createDecoder(init);
  const filter = FilterAPI.create(AUDIO_FILTERS);
  const encoder = await Encoder.create(findEncoder(FF_ENCODER_LIBOPUS), {
    options: AUDIO_ENCODER.options,
  });
  const index = init.muxer.addStream(encoder);
  return async (packet) => {
    for await (const decoded of decoder.frames(packet)) {
      for await (const frame of filter.frames(decoded)) {
        for await (const made of encoder.packets(frame)) {
          await write(init, made, index);
          made?.free();
        }
        frame?.free();
      }
      decoded?.free();
    }
  };
}

/** Makes H.264, upright, with keyframes by time. */
export async function h264Track(init: TrackInit): Promise<Track> {
  const { stream, muxer, threads } = init;
  const decoder = await createDecoder(init);
  const filter = FilterAPI.create(uprightFilters(stream), { graph: { nbThreads: 1 } });
  const sameSize = sizeKeeper();
  const { avgFrameRate } = stream;
  const encoder = await Encoder.create(findEncoder(FF_ENCODER_LIBX264), {
    options: { ...VIDEO_ENCODER.options, threads: String(threads) },
    // Not given a decoder or filter, the encoder keeps the exact times of the frames; the rate is
    // only a hint for its rate control then.
    configure: (context) => {
      if (avgFrameRate.num > 0 && avgFrameRate.den > 0) context.framerate = avgFrameRate;
    },
  });
  // Not given the input's stream: that would pass on the rotation, which is applied already.
  const index = muxer.addStream(encoder);
  const send = keyframeSender(encoder);
  return async (packet) => {
    for await (const decoded of decoder.frames(packet)) {
      for await (const filtered of filter.frames(decoded)) {
        if (filtered === null) break;
        for await (const frame of sameSize(filtered)) {
          await send(frame);
          frame.free();
        }
        for (let made = await encoder.receive(); made; made = await encoder.receive()) {
          await write(init, made, index);
          made.free();
        }
      }
      decoded?.free();
    }
    if (packet !== null) return;
    for await (const made of encoder.packets(null)) {
      await write(init, made, index);
      made?.free();
    }
  };
}

/** Whether this build of FFmpeg has the encoders we need. */
export function hasEncoders(): boolean {
  return [FF_ENCODER_LIBX264, FF_ENCODER_LIBOPUS].every(
    (name) => Codec.findEncoderByName(name) !== null,
  );
}

function findEncoder(name: FFEncoderCodec): Codec {
  const codec = Codec.findEncoderByName(name);
  if (codec === null) throw new Error(`No encoder ${name}.`);
  return codec;
}

async function createDecoder({ stream, threads }: TrackInit): Promise<Decoder> {
  return Decoder.create(stream, {
    exitOnError: false,
    options: { ...DECODER_OPTIONS, threads: String(threads) },
  });
}

function uprightFilters({ codecpar }: Stream): string {
  const data = codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (data === null) return VIDEO_FILTERS;
  const matrix = Int32Array.from({ length: 9 }, (_, at) => data.readInt32LE(at * 4));
  return [...rotationFilters(matrix), VIDEO_FILTERS].join(",");
}

/** Scales frames to the size of the first: an encoder cannot change its size. Takes over the frames. */
function sizeKeeper(): (frame: Frame) => AsyncGenerator<Frame> {
  let size: { width: number; height: number } | undefined;
  let scaler: FilterAPI | undefined;
  return async function* keepSize(frame) {
    size ??= { width: frame.width, height: frame.height };
    if (frame.width === size.width && frame.height === size.height) {
      yield frame;
      return;
    }
    scaler ??= FilterAPI.create(`scale=${size.width}:${size.height},setsar=1`);
    for await (const scaled of scaler.frames(frame)) if (scaled !== null) yield scaled;
    frame.free();
  };
}

function keyframeSender(encoder: Encoder): (frame: Frame) => Promise<void> {
  let firstSeconds: number | undefined;
  let keyframes = 0;
  return async (frame) => {
    const seconds = (Number(frame.pts) * frame.timeBase.num) / frame.timeBase.den;
    firstSeconds ??= seconds;
    const isDue =
      seconds - firstSeconds >= keyframes * KEYFRAME_INTERVAL_SECONDS - ROUNDING_SECONDS;
    if (isDue) keyframes += 1;
    // None before the first frame, which is a keyframe anyway.
    const context = encoder.getCodecContext();
    if (isDue && context !== null) {
      // The encoder's own way in would forget the picture type.
      frame.pictType = AV_PICTURE_TYPE_I;
      await context.sendFrame(frame);
    } else {
      await encoder.encode(frame);
    }
  };
}

async function write(
  { muxer, onWritten }: TrackInit,
  packet: Packet | null,
  index: number,
): Promise<void> {
  if (packet !== null) {
    const { num, den } = packet.timeBase;
    onWritten((Number(packet.pts + packet.duration) * num * 1e6) / den);
  }
  await muxer.writePacket(packet, index);
}
