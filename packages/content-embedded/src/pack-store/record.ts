import { crc32 } from "node:zlib";

/**
 * One entry of a pack. All numbers are little-endian:
 *
 *     u32 magic "IKP1" | u8 kind | u8 key length | u16 zero | u32 payload length
 *     u32 CRC-32 of the payload | u32 CRC-32 of the 16 bytes before and the key
 *     key | payload
 *
 * A pack is nothing but records, so that the index can always be rebuilt from the packs alone. Pins
 * are records too, for the same reason.
 */
export interface PackRecord {
  kind: RecordKind;
  /** Of a block its multihash, of a pin the bytes of its CID, version 1. */
  key: Uint8Array;
  payload: Uint8Array;
}

export type RecordKind = "block" | "pin" | "unpin";

export interface RecordHeader {
  kind: RecordKind;
  key: Uint8Array;
  payloadLength: number;
  payloadCrc: number;
}

/** Bytes of a record before its key. */
export const HEADER_BYTES = 20;
/** Bytes of a header with the longest key. */
export const MAX_HEADER_BYTES = HEADER_BYTES + 255;
export const MAGIC = Buffer.from("IKP1", "latin1");

const KINDS: readonly RecordKind[] = ["block", "pin", "unpin"];
const CRC_OFFSET = 16;

/** Bytes of the record on disk. */
export function recordBytes({ key, payload }: PackRecord): number {
  return HEADER_BYTES + key.length + payload.length;
}

/** What stands before the payload: header and key. */
export function encodeHeader({ kind, key, payload }: PackRecord): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + key.length);
  MAGIC.copy(head);
  head.writeUInt8(KINDS.indexOf(kind) + 1, 4);
  head.writeUInt8(key.length, 5);
  head.writeUInt32LE(payload.length, 8);
  head.writeUInt32LE(crc32(payload), 12);
  head.set(key, HEADER_BYTES);
  head.writeUInt32LE(headerCrc(head), CRC_OFFSET);
  return head;
}

/** Reads the header at the start of `bytes`; `undefined` when there is no whole, sound one. */
export function decodeHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined;
  const kind = KINDS[bytes.readUInt8(4) - 1];
  const head = bytes.subarray(0, HEADER_BYTES + bytes.readUInt8(5));
  if (kind === undefined || head.length < HEADER_BYTES + bytes.readUInt8(5)) return undefined;
  if (headerCrc(head) !== head.readUInt32LE(CRC_OFFSET)) return undefined;
  return {
    kind,
    key: Uint8Array.from(head.subarray(HEADER_BYTES)),
    payloadLength: head.readUInt32LE(8),
    payloadCrc: head.readUInt32LE(12),
  };
}

/** Whether these are the bytes the header was written for. */
export function isPayload({ payloadCrc }: RecordHeader, payload: Uint8Array): boolean {
  return crc32(payload) === payloadCrc;
}

function headerCrc(head: Buffer): number {
  return crc32(head.subarray(HEADER_BYTES), crc32(head.subarray(0, CRC_OFFSET)));
}
