import { FIRST_BUFFER_BYTES } from "./defaults.ts";

/**
 * Cuts a stream into leaves of `chunkBytes`, the last one of what is left. Pieces are copied as they
 * come, so that a source may use its buffer again; nothing at all makes one empty leaf.
 */
export async function* inChunks(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let chunk = new Uint8Array(0);
  let filled = 0;
  let isEmpty = true;
  for await (const piece of source) {
    let rest = piece;
    while (rest.length > 0) {
      if (filled === chunk.length) chunk = grown(chunk, rest.length, chunkBytes, isEmpty);
      const part = rest.subarray(0, chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      rest = rest.subarray(part.length);
      if (filled < chunkBytes) continue;
      yield chunk;
      isEmpty = false;
      chunk = new Uint8Array(0);
      filled = 0;
    }
  }
  if (filled > 0 || isEmpty) yield chunk.subarray(0, filled);
}

/**
 * A larger buffer with what is in this one. Of a file that comes in one piece exactly as large as that;
 * after the first chunk a whole one, for the next will most likely be full, too.
 */
function grown(chunk: Uint8Array, more: number, chunkBytes: number, isFirst: boolean) {
  let bytes = Math.max(chunk.length * 2, FIRST_BUFFER_BYTES, chunk.length + more);
  if (chunk.length === 0) bytes = isFirst ? more : chunkBytes;
  // All of it is written over, or left out of what is given.
  const larger = new Uint8Array(Buffer.allocUnsafeSlow(Math.min(bytes, chunkBytes)).buffer);
  larger.set(chunk);
  return larger;
}
