/** Uncompressed pictures (planar 4:2:0) and sound (mono, 16 bits), picture by picture. */
export interface AviInit {
  width: number;
  height: number;
  framesPerSecond: number;
  samplesPerSecond: number;
  frames: readonly { picture: Buffer; sound: Buffer }[];
}

const HAS_INDEX = 0x10;
const IS_KEY_FRAME = 0x10;
const BYTES_PER_SAMPLE = 2;
const PCM = 1;

/** Pictures and sound as an AVI file: the oldest container that every program reads. */
export function aviFile(init: AviInit): Buffer {
  const { frames } = init;
  const chunks = frames.flatMap(({ picture, sound }) => [
    { id: "00db", data: picture },
    { id: "01wb", data: sound },
  ]);
  const movi = list(
    "movi",
    chunks.map(({ id, data }) => chunk(id, data)),
  );
  // Positions in the index count from the name of the list.
  let position = 4;
  const index = chunks.map(({ id, data }) => {
    const entry = Buffer.concat([
      Buffer.from(id, "latin1"),
      numbers(IS_KEY_FRAME, position, data.length),
    ]);
    position += 8 + data.length + (data.length % 2);
    return entry;
  });
  return list("AVI ", [headers(init), movi, chunk("idx1", Buffer.concat(index))], "RIFF");
}

function headers({ width, height, framesPerSecond, samplesPerSecond, frames }: AviInit): Buffer {
  const pictureBytes = (width * height * 3) / 2;
  const soundBytes = samplesPerSecond * BYTES_PER_SAMPLE;
  const samples = (frames.length * samplesPerSecond) / framesPerSecond;
  const main = numbers(
    Math.round(1_000_000 / framesPerSecond),
    pictureBytes * framesPerSecond + soundBytes,
    0,
    HAS_INDEX,
    frames.length,
    0,
    2, // streams
    pictureBytes,
    width,
    height,
    0,
    0,
    0,
    0,
  );
  const video = streamHeader("vids", "I420", {
    scale: 1,
    rate: framesPerSecond,
    length: frames.length,
    sampleSize: 0,
    chunkBytes: pictureBytes,
  });
  // One plane of 12 bits a point.
  const picture = Buffer.concat([
    numbers(40, width, height),
    shorts(1, 12),
    Buffer.from("I420", "latin1"),
    numbers(pictureBytes, 0, 0, 0, 0),
  ]);
  const audio = streamHeader("auds", "\0\0\0\0", {
    scale: 1,
    rate: samplesPerSecond,
    length: samples,
    sampleSize: BYTES_PER_SAMPLE,
    chunkBytes: soundBytes,
  });
  const sound = Buffer.concat([
    shorts(PCM, 1),
    numbers(samplesPerSecond, soundBytes),
    shorts(BYTES_PER_SAMPLE, 8 * BYTES_PER_SAMPLE),
  ]);
  return list("hdrl", [
    chunk("avih", main),
    list("strl", [chunk("strh", video), chunk("strf", picture)]),
    list("strl", [chunk("strh", audio), chunk("strf", sound)]),
  ]);
}

interface StreamInit {
  /** `rate / scale` units a second, `length` of them. */
  scale: number;
  rate: number;
  length: number;
  /** Bytes of a unit; 0 when they differ. */
  sampleSize: number;
  /** Of the largest chunk. */
  chunkBytes: number;
}

function streamHeader(
  type: string,
  handler: string,
  { scale, rate, length, sampleSize, chunkBytes }: StreamInit,
): Buffer {
  return Buffer.concat([
    Buffer.from(type + handler, "latin1"),
    numbers(0, 0, 0, scale, rate, 0, length, chunkBytes, 0xffff_ffff, sampleSize),
    shorts(0, 0, 0, 0),
  ]);
}

function list(name: string, parts: readonly Buffer[], id = "LIST"): Buffer {
  return chunk(id, Buffer.concat([Buffer.from(name, "latin1"), ...parts]));
}

/** An odd number of bytes is followed by one that does not count. */
function chunk(id: string, data: Buffer): Buffer {
  const padding = Buffer.alloc(data.length % 2);
  return Buffer.concat([Buffer.from(id, "latin1"), numbers(data.length), data, padding]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function shorts(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, index * 2);
  return bytes;
}
