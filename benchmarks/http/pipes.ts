import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

const [directory = ""] = process.argv.slice(2);
/** A file for each size there is. */
const pathOf = (url: string | undefined) => join(directory, `bytes-${sizeIn(url)}`);

const PIECE = new Uint8Array(64 * 1024).fill(7);

/** The least that a server in Node can do with a stream. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "PUT /discard": async (incoming) => {
    await pipeline(incoming, new Writable({ write: (_chunk, _encoding, done) => done() }));
  },
  "PUT /file": async (incoming) => keep(incoming, pathOf(incoming.url)),
  "PUT /hashed": async (incoming) => keep(hashed(incoming), pathOf(incoming.url)),
  "GET /discard": async ({ url }, outgoing) => {
    await pipeline(Readable.from(sameBytes(sizeIn(url)), { objectMode: false }), outgoing);
  },
  "GET /file": async ({ url }, outgoing) => pipeline(createReadStream(pathOf(url)), outgoing),
  "GET /hashed": async ({ url }, outgoing) =>
    pipeline(hashed(createReadStream(pathOf(url))), outgoing),
};

/** On the disk when it is over, as ours is. */
async function keep(source: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  await using file = await open(path, "w");
  await pipeline(source, file.createWriteStream({ flush: true }));
}

async function* hashed(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void> {
  const hash = createHash("sha256");
  for await (const piece of source) {
    if (!(piece instanceof Uint8Array)) throw new TypeError("That is no part of a body.");
    hash.update(piece);
    yield piece;
  }
  hash.digest();
}

/** So many bytes, all from one piece of memory: what costs nothing to make. */
function* sameBytes(size: number): Generator<Uint8Array, void> {
  for (let left = size; left > 0; left -= PIECE.length) {
    yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
  }
}

function sizeIn(url = ""): number {
  return Number(new URL(url, "http://here").searchParams.get("size"));
}

const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
  const place = `${incoming.method} ${incoming.url?.split("?", 1)[0]}`;
  const handler = HANDLERS[place];
  if (handler === undefined) throw new Error(`There is nothing at ${place}.`);
  handler(incoming, outgoing).then(
    () => outgoing.end(),
    () => outgoing.destroy(),
  );
});
server.listen(0, "127.0.0.1", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port, not a path
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ http: `http://127.0.0.1:${port}` })}\n`);
});
