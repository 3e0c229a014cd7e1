import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * What a pack begins with: the salt of its store, 16 random bytes that go into the check of every
 * record. Nobody outside knows them, so that no content can hold what passes for a record.
 *
 *     "IKPACK1\n" | 16 bytes salt | u32 CRC-32 of the 24 bytes before, little-endian
 *
 * It stands at 0 and once more at 4096, so that one bad sector does not take the whole pack along;
 * all else up to 8192, where the records begin, is zero. All packs of a store have the same salt: a
 * pack that lost both copies is read with that of another.
 */
export const PACK_HEADER_BYTES = 8192;

const COPIES = [0, 4096];
const TITLE = Buffer.from("IKPACK1\n", "latin1");
const SALT_BYTES = 16;
const CRC_OFFSET = TITLE.length + SALT_BYTES;

export function newSalt(): Uint8Array {
  return randomBytes(SALT_BYTES);
}

export function encodePackHeader(salt: Uint8Array): Buffer {
  const header = Buffer.alloc(PACK_HEADER_BYTES);
  for (const start of COPIES) {
    TITLE.copy(header, start);
    header.set(salt, start + TITLE.length);
    const crc = crc32(header.subarray(start, start + CRC_OFFSET));
    header.writeUInt32LE(crc, start + CRC_OFFSET);
  }
  return header;
}

/** The salt in the first bytes of a pack; `undefined` when neither copy is sound. */
export function decodePackHeader(header: Buffer): Uint8Array | undefined {
  for (const start of COPIES) {
    const copy = header.subarray(start, start + CRC_OFFSET + 4);
    if (copy.length < CRC_OFFSET + 4 || !copy.subarray(0, TITLE.length).equals(TITLE)) continue;
    if (crc32(copy.subarray(0, CRC_OFFSET)) !== copy.readUInt32LE(CRC_OFFSET)) continue;
    return Uint8Array.from(copy.subarray(TITLE.length, CRC_OFFSET));
  }
  return undefined;
}
