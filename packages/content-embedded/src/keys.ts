/** The hash function of identity CIDs: they hold their block in place of a digest. */
export const IDENTITY = 0x00;

/** A multihash or the key of a pin as text, for sets and maps. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
