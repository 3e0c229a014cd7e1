import { randomUUID } from "node:crypto";

export interface Multipart {
  contentType: string;
  body: AsyncGenerator<Uint8Array, void>;
}

/**
 * Streams as the parts of one form, each as its turn comes. The closing boundary is sent only when all
 * of them have ended well: without it Kubo takes nothing for whole.
 */
export function multipart(parts: AsyncIterable<AsyncIterable<Uint8Array>>): Multipart {
  const boundary = randomUUID();
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: bodyOf(boundary, parts),
  };
}

async function* bodyOf(
  boundary: string,
  parts: AsyncIterable<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array, void> {
  for await (const part of parts) {
    yield Buffer.from(
      `--${boundary}\r\n` +
        'Content-Disposition: form-data; name="file"; filename="file"\r\n' +
        "Content-Type: application/octet-stream\r\n\r\n",
    );
    yield* part;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}
