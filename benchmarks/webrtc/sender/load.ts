/** What each viewer is sent: 1 Mbit/s of H.264 at 30 frames per second, a key frame each second. */
const FRAMES_PER_SECOND = 30;
const KEY_FRAME_BYTES = 20_000;
const FRAME_BYTES = 3_621;

export const FRAME_MS = 1_000 / FRAMES_PER_SECOND;
export const MAX_PAYLOAD_BYTES = 1_150;

/** NAL unit headers (RFC 6184, 1.3 and 5.8). */
const KEY_SLICE = 0x65;
const SLICE = 0x41;
const FRAGMENT = 28;

/** One frame, in the forms the subjects take it. */
export interface Frame {
  isKey: boolean;
  /** With a start code in front, as it comes from an encoder. */
  annexB: Buffer;
  /** Cut for RTP; made once for all viewers, as a cache of packetized frames does. */
  payloads: Buffer[];
}

const KEY_FRAME = frameOf(KEY_FRAME_BYTES, KEY_SLICE);
const OTHER_FRAME = frameOf(FRAME_BYTES, SLICE);

export function frameAt(index: number): Frame {
  return index % FRAMES_PER_SECOND === 0 ? KEY_FRAME : OTHER_FRAME;
}

function frameOf(bytes: number, header: number): Frame {
  const unit = Buffer.alloc(bytes, 0x5a);
  unit[0] = header;
  return {
    isKey: header === KEY_SLICE,
    annexB: Buffer.concat([Buffer.from([0, 0, 0, 1]), unit]),
    payloads: fragments(unit),
  };
}

/** FU-A (RFC 6184, 5.8). */
function fragments(unit: Buffer): Buffer[] {
  const [header = 0] = unit;
  const pieces: Buffer[] = [];
  const size = MAX_PAYLOAD_BYTES - 2;
  for (let at = 1; at < unit.length; at += size) {
    const piece = unit.subarray(at, at + size);
    const start = at === 1 ? 0x80 : 0;
    const end = at + size >= unit.length ? 0x40 : 0;
    const fragment = Buffer.from([(header & 0xe0) | FRAGMENT, start | end | (header & 0x1f)]);
    pieces.push(Buffer.concat([fragment, piece]));
  }
  return pieces;
}
