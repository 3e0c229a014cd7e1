/** `REMB`, which tells this message from others of its type. */
const IDENTIFIER = 0x52_45_4d_42;

/** Header, two sources, identifier, count with rate. */
const LEAST_BYTES = 20;

/**
 * Reads a receiver's estimate (draft-alvestrand-rmcat-remb-03) from the bytes of one RTCP packet.
 *
 * @returns bits per second; undefined for anything else
 */
export function readRemb(bytes: Uint8Array): number | undefined {
  if (bytes.length < LEAST_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) >> 6 !== 2 || view.getUint8(1) !== 206) return undefined;
  if (view.getUint32(12) !== IDENTIFIER) return undefined;
  const word = view.getUint32(16) & 0xff_ffff;
  const rate = (word & 0x3_ffff) * 2 ** (word >>> 18);
  return rate;
}
