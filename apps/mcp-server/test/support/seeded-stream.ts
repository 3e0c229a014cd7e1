import { createHash } from "node:crypto";

import { seededBytes } from "@ipfs-kit/testing";

const MIB = 1024 * 1024;
/** Not a part of a block, so that pieces and blocks never agree. */
const PIECE_BYTES = 200_000;

/** Bytes that differ from block to block, made as they are asked for: the same for the same seed. */
export function* seededStream(size: number, seed: number): Generator<Buffer, void> {
  const pattern = Buffer.from(seededBytes(MIB, seed));
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const piece = Buffer.from(pattern.subarray(0, Math.min(PIECE_BYTES, size - at)));
    // The place in the file makes every piece another one.
    if (piece.length >= 8) piece.writeDoubleBE(at, 0);
    yield piece;
  }
}

/** The SHA-256 of {@link seededStream}, in hex. */
export function hashOfSeeded(size: number, seed: number): string {
  const hash = createHash("sha256");
  for (const piece of seededStream(size, seed)) hash.update(piece);
  return hash.digest("hex");
}
