import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { UnavailableError } from "@ipfs-kit/core";

import type { MediaInput } from "./transcoder.ts";

export interface ByteRangeServerInit {
  input: MediaInput;
  /** Told how many bytes of the input went out. */
  onBytes?: (count: number) => void;
  /** Told once when the input could not be read: what was sent is then not the whole truth. */
  onFailure?: (error: unknown) => void;
}

export interface ByteRangeServer extends AsyncDisposable {
  /** The one address that answers. Nobody can guess it. */
  readonly url: string;
}

/** An inclusive range of bytes. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * Serves one resource to one program on this machine, over HTTP on 127.0.0.1, with single byte
 * ranges. Reads no further ahead than the program takes. Disposing it ends all answers.
 */
export async function serveByteRanges({
  input,
  onBytes,
  onFailure,
}: ByteRangeServerInit): Promise<ByteRangeServer> {
  const path = `/${randomBytes(24).toString("base64url")}`;
  const closing = new AbortController();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const range = acceptRequest(request, response, path, input.size);
    if (range === undefined) return;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([closing.signal, gone.signal]);
    try {
      await sendRange(input, range, response, signal, onBytes);
    } catch (error) {
      response.destroy();
      if (!signal.aborted) onFailure?.(error);
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  // Stays for good: an "error" without a listener ends our own process.
  server.on("error", (error) => onFailure?.(error));
  server.listen(0, "127.0.0.1");
  await once(server, "listening").catch((error: unknown) => {
    throw new UnavailableError("The media cannot be served to the transcoder.", { cause: error });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new UnavailableError("No port.");

  return {
    url: `http://127.0.0.1:${address.port}${path}`,
    async [Symbol.asyncDispose]() {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers everything but a good GET; returns the range to send for that. */
function acceptRequest(
  { url, method, headers }: IncomingMessage,
  response: ServerResponse,
  path: string,
  size: number,
): ByteRange | undefined {
  if (url !== path) {
    response.writeHead(404).end();
    return undefined;
  }
  if (method !== "GET" && method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD" }).end();
    return undefined;
  }
  const range = parseByteRange(headers.range, size);
  if (range === "unsatisfiable") {
    response.writeHead(416, { "Content-Range": `bytes */${size}` }).end();
    return undefined;
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    "Accept-Ranges": "bytes",
    "Content-Length": last - first + 1,
    "Content-Type": "application/octet-stream",
    ...(range === undefined ? {} : { "Content-Range": `bytes ${first}-${last}/${size}` }),
  });
  if (method === "HEAD") {
    response.end();
    return undefined;
  }
  return { first, last };
}

/** The range a `Range` header asks for; `undefined` when it asks for none that we know (RFC 9110, 14.2). */
export function parseByteRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/u.exec(header ?? "");
  const [, from = "", to = ""] = match ?? [];
  if (match === null || (from === "" && to === "")) return undefined;
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= size ? "unsatisfiable" : { first, last };
}

async function sendRange(
  input: MediaInput,
  { first, last }: ByteRange,
  response: ServerResponse,
  signal: AbortSignal,
  onBytes: ByteRangeServerInit["onBytes"],
): Promise<void> {
  let left = last - first + 1;
  if (left > 0) {
    for await (const chunk of input.read(first, left, signal)) {
      left -= chunk.byteLength;
      if (left < 0 || signal.aborted) break;
      if (!response.write(chunk)) await once(response, "drain", { signal });
      onBytes?.(chunk.byteLength);
    }
  }
  if (left !== 0) throw new UnavailableError("The media gave another number of bytes than it has.");
  response.end();
}
