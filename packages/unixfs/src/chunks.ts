import { CHUNK_BYTES, FIRST_BUFFER_BYTES } from "./defaults.ts";

/**
 * Cuts a stream into leaves. Pieces are copied as they come, so that a source may use its buffer
 * again; nothing at all makes one empty leaf.
 */
export async function* inChunks(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let chunk = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  let filled = 0;
  let isEmpty = true;
  for await (const piece of source) {
    let rest = piece;
    while (rest.length > 0) {
      if (filled === chunk.length) chunk = grown(chunk, filled + rest.length);
      const part = rest.subarray(0, chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < CHUNK_BYTES) continue;
      yield chunk;
      isEmpty = false;
      chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0 || isEmpty) yield chunk.subarray(0, filled);
}

function grown(chunk: Buffer, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(chunk.length * 2, needed)));
  chunk.copy(larger);
  return larger;
}
