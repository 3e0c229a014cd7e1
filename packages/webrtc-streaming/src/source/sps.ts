/** What an H.264 sequence parameter set says that matters for sending it unchanged. */
export interface SpsInfo {
  profileIdc: number;
  levelIdc: number;
  /** 1 is 4:2:0, the only one browsers decode. */
  chromaFormatIdc: number;
  bitDepth: number;
  /** Fields instead of frames may occur. */
  interlaced: boolean;
  /** Frames that may precede another in decoding and follow it in display; absent if not stated. */
  maxReorderFrames: number | undefined;
}

/** Profiles whose SPS carries chroma and bit depth (ITU-T H.264, 7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135,
]);
const BASELINE = 66;
const EXTENDED_SAR = 255;

/**
 * Reads an SPS NAL unit (ITU-T H.264, 7.3.2.1 and E.1).
 *
 * @returns undefined when the bytes end early or make no sense.
 */
export function parseSps(nal: Uint8Array): SpsInfo | undefined {
  try {
    return readSps(new BitReader(withoutEmulation(nal.subarray(1))));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readSps(bits: BitReader): SpsInfo {
  const profileIdc = bits.read(8);
  bits.read(8); // constraint flags
  const levelIdc = bits.read(8);
  bits.readUe(); // seq_parameter_set_id
  let chromaFormatIdc = 1;
  let bitDepth = 8;
  if (HIGH_PROFILES.has(profileIdc)) {
    chromaFormatIdc = bits.readUe();
    if (chromaFormatIdc === 3) bits.read(1); // separate_colour_plane_flag
    bitDepth = 8 + Math.max(bits.readUe(), bits.readUe());
    bits.read(1); // qpprime_y_zero_transform_bypass_flag
    if (bits.read(1) === 1) skipScalingMatrix(bits, chromaFormatIdc === 3 ? 12 : 8);
  }
  bits.readUe(); // log2_max_frame_num_minus4
  const orderType = bits.readUe();
  if (orderType === 0) bits.readUe();
  else if (orderType === 1) skipOrderCycle(bits);
  bits.readUe(); // max_num_ref_frames
  bits.read(1); // gaps_in_frame_num_value_allowed_flag
  bits.readUe(); // width
  bits.readUe(); // height
  const interlaced = bits.read(1) === 0;
  if (interlaced) bits.read(1);
  bits.read(1); // direct_8x8_inference_flag
  if (bits.read(1) === 1) for (let side = 0; side < 4; side += 1) bits.readUe();
  const stated = bits.read(1) === 1 ? readReorderFrames(bits) : undefined;
  // Order type 2 means output order is decoding order; Baseline has no B slices.
  const never = orderType === 2 || profileIdc === BASELINE;
  return {
    profileIdc,
    levelIdc,
    chromaFormatIdc,
    bitDepth,
    interlaced,
    maxReorderFrames: stated ?? (never ? 0 : undefined),
  };
}

/** The end of the video usability information: `max_num_reorder_frames`, when it is there. */
function readReorderFrames(bits: BitReader): number | undefined {
  if (bits.read(1) === 1 && bits.read(8) === EXTENDED_SAR) bits.read(32);
  if (bits.read(1) === 1) bits.read(1); // overscan
  if (bits.read(1) === 1) {
    bits.read(4); // video_format, video_full_range_flag
    if (bits.read(1) === 1) bits.read(24);
  }
  if (bits.read(1) === 1) {
    bits.readUe();
    bits.readUe();
  }
  if (bits.read(1) === 1) {
    bits.read(32);
    bits.read(32);
    bits.read(1);
  }
  const nalHrd = bits.read(1) === 1;
  if (nalHrd) skipHrd(bits);
  const vclHrd = bits.read(1) === 1;
  if (vclHrd) skipHrd(bits);
  if (nalHrd || vclHrd) bits.read(1);
  bits.read(1); // pic_struct_present_flag
  if (bits.read(1) === 0) return undefined;
  bits.read(1); // motion_vectors_over_pic_boundaries_flag
  for (let field = 0; field < 4; field += 1) bits.readUe();
  return bits.readUe();
}

function skipHrd(bits: BitReader): void {
  const count = bits.readUe() + 1;
  bits.read(8);
  for (let index = 0; index < count; index += 1) {
    bits.readUe();
    bits.readUe();
    bits.read(1);
  }
  bits.read(20);
}

function skipOrderCycle(bits: BitReader): void {
  bits.read(1);
  bits.readUe();
  bits.readUe();
  const count = bits.readUe();
  for (let index = 0; index < count; index += 1) bits.readUe();
}

function skipScalingMatrix(bits: BitReader, lists: number): void {
  for (let list = 0; list < lists; list += 1) {
    if (bits.read(1) === 0) continue;
    let next = 8;
    for (let entry = 0; entry < (list < 6 ? 16 : 64) && next !== 0; entry += 1) {
      const code = bits.readUe();
      const delta = code % 2 === 1 ? (code + 1) / 2 : -code / 2;
      next = (next + delta + 256) % 256;
    }
  }
}

/** Removes the 03 that keeps start codes from appearing in a NAL unit (7.4.1.1). */
function withoutEmulation(bytes: Uint8Array): Uint8Array {
  const plain: number[] = [];
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    plain.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Uint8Array.from(plain);
}

class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      const byte = this.#bytes[this.#position >> 3];
      if (byte === undefined) throw new RangeError("The SPS ends early.");
      value = value * 2 + ((byte >> (7 - (this.#position & 7))) & 1);
      this.#position += 1;
    }
    return value;
  }

  /** An unsigned Exp-Golomb number (9.1). */
  readUe(): number {
    let zeros = 0;
    while (this.read(1) === 0) {
      zeros += 1;
      if (zeros > 31) throw new RangeError("No number in H.264 is that long.");
    }
    return 2 ** zeros - 1 + this.read(zeros);
  }
}
