import { once } from "node:events";
import { IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

const MIB = 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
const BOUNDARY = "ipfs-kit-benchmark";
const PART = 'Content-Disposition: form-data; name="file"; filename="large.bin"';

let streams = 0;

/** Bytes that look random, and no block of which was there before: no store keeps one for two. */
function* differentBytes(size: number): Generator<Buffer, void> {
  streams += 1;
  const pattern = Buffer.alloc(MIB);
  for (let at = 0; at < MIB; at += 4)
    pattern.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at);
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const piece = Buffer.from(pattern.subarray(0, Math.min(PIECE_BYTES, size - at)));
    piece.writeDoubleBE(at, 0);
    piece.writeUInt32BE(streams, 8);
    yield piece;
  }
}

/** Sends so many bytes. @returns what was answered */
export async function put(url: string, size: number): Promise<string> {
  return send(url, { method: "PUT" }, differentBytes(size));
}

/** The same bytes as the one file of a form. */
export async function postForm(url: string, size: number): Promise<string> {
  function* form(): Generator<Buffer, void> {
    yield Buffer.from(`--${BOUNDARY}\r\n${PART}\r\nContent-Type: application/octet-stream\r\n\r\n`);
    yield* differentBytes(size);
    yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  }
  const headers = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };
  return send(url, { method: "POST", headers }, form());
}

/** Reads an answer to its end. @throws Error when it has other than so many bytes */
export async function take(url: string, method: "GET" | "POST", size: number): Promise<void> {
  const asking = request(url, { method }).end();
  const answer = await answerOf(asking);
  let bytes = 0;
  answer.on("data", (piece: Buffer) => (bytes += piece.length));
  await once(answer, "end");
  if (bytes !== size) throw new Error(`${url} gave ${bytes} bytes instead of ${size}.`);
}

async function send(
  url: string,
  options: { method: string; headers?: Record<string, string> },
  body: Iterable<Buffer>,
): Promise<string> {
  const asking = request(url, options);
  const answered = answerOf(asking);
  await pipeline(Readable.from(body), asking);
  return text(await answered);
}

async function answerOf(asking: ReturnType<typeof request>): Promise<IncomingMessage> {
  const [answer]: unknown[] = await once(asking, "response");
  if (!(answer instanceof IncomingMessage)) throw new TypeError("There was no answer.");
  if ((answer.statusCode ?? 0) >= 300)
    throw new Error(`${answer.statusCode}: ${await text(answer)}`);
  return answer;
}
