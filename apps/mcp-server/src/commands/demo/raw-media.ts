import { aviFile } from "./avi-file.ts";

const WIDTH = 320;
const HEIGHT = 180;
const FRAMES_PER_SECOND = 15;
/** Long enough to watch, short enough to be made at once. */
export const MEDIA_SECONDS = 12;
const SAMPLES_PER_SECOND = 48_000;

const BOX = 48;
/** Brightness of the bars, left to right, and their two colour values. */
const BARS = [
  [180, 128, 128],
  [162, 44, 142],
  [131, 156, 44],
  [112, 72, 58],
  [84, 184, 198],
  [65, 100, 212],
  [35, 212, 114],
] as const;
const WHITE = 235;
const GREY = 128;

const TONE_HZ = 440;
/** A tenth of the loudest there is. */
const TONE_LEVEL = 3_276;
/** The tone sounds at the beginning of each second. */
const BEEP_SECONDS = 0.2;

/**
 * Colour bars with a white box that bounces through them and a beep each second, uncompressed: what any
 * transcoder reads, made without one.
 */
export function rawMedia(): Buffer {
  const frames = MEDIA_SECONDS * FRAMES_PER_SECOND;
  return aviFile({
    width: WIDTH,
    height: HEIGHT,
    framesPerSecond: FRAMES_PER_SECOND,
    samplesPerSecond: SAMPLES_PER_SECOND,
    frames: Array.from({ length: frames }, (_, index) => ({
      picture: picture(index),
      sound: sound(index),
    })),
  });
}

/** Planar 4:2:0: brightness, then the two colours at half the size. */
function picture(index: number): Buffer {
  const left = bounce(index * 4, WIDTH - BOX);
  const top = bounce(index * 3, HEIGHT - BOX);
  const planes = [1, 2, 2].map((step, plane) => {
    const [width, height] = [WIDTH / step, HEIGHT / step];
    const bytes = Buffer.alloc(width * height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [right, down] = [x * step - left, y * step - top];
        const isBox = right >= 0 && right < BOX && down >= 0 && down < BOX;
        const inBox = plane === 0 ? WHITE : GREY;
        bytes[y * width + x] = isBox ? inBox : barAt(x * step, plane);
      }
    }
    return bytes;
  });
  return Buffer.concat(planes);
}

/** What is heard during one picture: mono, 16 bits. */
function sound(index: number): Buffer {
  const count = SAMPLES_PER_SECOND / FRAMES_PER_SECOND;
  const bytes = Buffer.alloc(count * 2);
  for (let at = 0; at < count; at += 1) {
    const seconds = (index * count + at) / SAMPLES_PER_SECOND;
    const isOn = seconds % 1 < BEEP_SECONDS;
    const value = isOn ? TONE_LEVEL * Math.sin(2 * Math.PI * TONE_HZ * seconds) : 0;
    bytes.writeInt16LE(Math.round(value), at * 2);
  }
  return bytes;
}

function barAt(x: number, plane: number): number {
  return BARS[Math.floor((x * BARS.length) / WIDTH)]?.[plane] ?? GREY;
}

/** Back and forth between 0 and `end`. */
function bounce(way: number, end: number): number {
  const position = way % (2 * end);
  return position < end ? position : 2 * end - position;
}
