import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * One entry of a pack. All numbers are little-endian:
 *
 *     4 bytes marker | u8 kind | u8 key length | u16 zero | u32 payload length
 *     u32 CRC-32 of the payload | 8 bytes check | key | payload
 *
 * The marker is the first 4 bytes of the salt in the header of the pack. The check is the first 8
 * bytes of the SHA-256 of
 *
 *     salt | u32 number of the pack | u64 offset of the record | the 16 bytes before the check | key
 *
 * A record is therefore valid in its own place only: content that looks like a record, or is a copy
 * of one, is none. Behind the header a pack is nothing but records, so that the index can always be
 * rebuilt from the packs alone. Pins are records too, for the same reason.
 */
export interface PackRecord {
  kind: RecordKind;
  /** Of a block its multihash, of a pin the bytes of its CID, version 1. */
  key: Uint8Array;
  payload: Uint8Array;
}

/**
 * `"pin"` adds to what was said of a root before; `"restated"` is the whole of it, said once more by
 * compaction, so that the records before it are not needed any longer.
 */
export type RecordKind = "block" | "pin" | "unpin" | "restated";

export interface RecordHeader {
  kind: RecordKind;
  key: Uint8Array;
  payloadLength: number;
  payloadCrc: number;
}

/** Where a record stands: part of what its check is made of. */
export interface RecordPlace {
  salt: Uint8Array;
  pack: number;
  offset: number;
}

/** Bytes of a record before its key. */
export const HEADER_BYTES = 24;
/** Bytes of a header with the longest key. */
export const MAX_HEADER_BYTES = HEADER_BYTES + 255;

const MARKER_BYTES = 4;
const SALT_BYTES = 16;
/** Number of the pack and offset, in the check. */
const PLACE_BYTES = 12;
const KINDS: readonly RecordKind[] = ["block", "pin", "unpin", "restated"];
const CHECK_OFFSET = 16;

/** What every record of a store begins with. */
export function markerOf(salt: Uint8Array): Uint8Array {
  return salt.subarray(0, MARKER_BYTES);
}

/** Bytes of the record on disk. */
export function recordBytes({ key, payload }: PackRecord): number {
  return HEADER_BYTES + key.length + payload.length;
}

/** What stands before the payload: header and key. */
export function encodeHeader({ kind, key, payload }: PackRecord, place: RecordPlace): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + key.length);
  head.set(markerOf(place.salt));
  head.writeUInt8(KINDS.indexOf(kind) + 1, 4);
  head.writeUInt8(key.length, 5);
  head.writeUInt32LE(payload.length, 8);
  head.writeUInt32LE(crc32(payload), 12);
  head.set(key, HEADER_BYTES);
  head.set(checkOf(head, place), CHECK_OFFSET);
  return head;
}

/** Reads the header at the start of `bytes`; `undefined` when there is no whole, sound one. */
export function decodeHeader(bytes: Buffer, place: RecordPlace): RecordHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  if (!bytes.subarray(0, MARKER_BYTES).equals(markerOf(place.salt))) return undefined;
  const kind = KINDS[bytes.readUInt8(4) - 1];
  const head = bytes.subarray(0, HEADER_BYTES + bytes.readUInt8(5));
  if (kind === undefined || head.length < HEADER_BYTES + bytes.readUInt8(5)) return undefined;
  if (!checkOf(head, place).equals(head.subarray(CHECK_OFFSET, HEADER_BYTES))) return undefined;
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

/**
 * What a check is made of, one after the other. Used for every check: of a small record, making six
 * new buffers would take longer than hashing.
 */
const CHECKED = Buffer.alloc(SALT_BYTES + PLACE_BYTES + MAX_HEADER_BYTES);

function checkOf(head: Buffer, { salt, pack, offset }: RecordPlace): Buffer {
  CHECKED.set(salt);
  CHECKED.writeUInt32LE(pack, SALT_BYTES);
  CHECKED.writeBigUInt64LE(BigInt(offset), SALT_BYTES + 4);
  CHECKED.set(head.subarray(0, CHECK_OFFSET), SALT_BYTES + PLACE_BYTES);
  CHECKED.set(head.subarray(HEADER_BYTES), SALT_BYTES + PLACE_BYTES + CHECK_OFFSET);
  const end = SALT_BYTES + PLACE_BYTES + CHECK_OFFSET + head.length - HEADER_BYTES;
  const digest = hash("sha256", CHECKED.subarray(0, end), "buffer");
  return digest.subarray(0, HEADER_BYTES - CHECK_OFFSET);
}
