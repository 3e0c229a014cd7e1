import type { ByteRange } from "./range.ts";

/** The bytes from `first` on, `length` of them. */
export type ReadBytes = (first: number, length: number) => AsyncIterable<Uint8Array> | Uint8Array;

export interface MultipartRangesInit {
  ranges: readonly ByteRange[];
  /** Bytes of the whole. */
  size: number;
  /** Media type of the whole, told with each part. */
  type: string | undefined;
  read: ReadBytes;
}

export interface MultipartRanges {
  /** Media type of the answer. */
  type: string;
  /** Bytes of the answer. */
  length: number;
  body: AsyncIterable<Uint8Array>;
}

/** Several parts in one answer: `multipart/byteranges` (RFC 9110 §14.6). */
export function multipartRanges({
  ranges,
  size,
  type,
  read,
}: MultipartRangesInit): MultipartRanges {
  // Nobody who makes content knows it, so no content can look like the end of a part.
  const boundary = crypto.randomUUID();
  const encoder = new TextEncoder();
  const typeLine = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  const parts = ranges.map(({ first, last }, index) => ({
    // The line break before a boundary belongs to the boundary, and the first has none before it.
    head: encoder.encode(
      `${index === 0 ? "" : "\r\n"}--${boundary}\r\n${typeLine}Content-Range: bytes ${first}-${last}/${size}\r\n\r\n`,
    ),
    first,
    length: last - first + 1,
  }));
  const tail = encoder.encode(`\r\n--${boundary}--\r\n`);
  const length = parts.reduce((sum, part) => sum + part.head.length + part.length, tail.length);

  async function* body(): AsyncGenerator<Uint8Array, void> {
    for (const { head, first, length: wanted } of parts) {
      let begun = false;
      const bytes = read(first, wanted);
      for await (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
        // Only now: a part that cannot be read at all fails before anything is sent of it.
        if (!begun) yield head;
        begun = true;
        yield piece;
      }
    }
    yield tail;
  }
  return { type: `multipart/byteranges; boundary=${boundary}`, length, body: body() };
}
