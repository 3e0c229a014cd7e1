import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One connection, byte by byte. */
export interface Raw {
  readonly socket: Socket;
  /** All that has come so far. */
  readonly text: () => string;
  /** Resolves when this has come. Fails when the connection ends before. */
  saw(text: string): Promise<void>;
  /** Resolves when the far end has closed, or cut, the connection. */
  readonly closed: Promise<unknown>;
}

/** Connects to a server and says something. */
export async function openRaw(url: string, text: string): Promise<Raw> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  let seen = "";
  // A reset is one way of being closed.
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (chunk: string) => (seen += chunk));
  await once(socket, "connect");
  const closed = once(socket, "close");
  socket.write(text);
  return {
    socket,
    text: () => seen,
    saw: async (wanted) => {
      while (!seen.includes(wanted)) {
        const more = await Promise.race([once(socket, "data"), closed.then(() => undefined)]);
        if (more === undefined && !seen.includes(wanted)) {
          throw new Error(`The connection ended without ${JSON.stringify(wanted)}:\n${seen}`);
        }
      }
    },
    closed,
  };
}

/** The head of a request; further lines go before the empty one. */
export function requestHead(method: string, url: string, ...lines: readonly string[]): string {
  const { pathname, search, host } = new URL(url);
  return [`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`, ...lines, "", ""].join(
    "\r\n",
  );
}

const BOUNDARY = "----ipfs-kit-raw";

/** An upload of so many bytes, of which the first ones are sent: it is under way when this resolves. */
export async function beginUpload(
  http: string,
  size: number,
  sent: number,
): Promise<Raw & { rest: string }> {
  const body = [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`,
    "x".repeat(size),
    `\r\n--${BOUNDARY}--\r\n`,
  ].join("");
  const head = requestHead(
    "POST",
    `${http}/api/v0/add?progress=true`,
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${body.length}`,
  );
  const raw = await openRaw(http, head + body.slice(0, sent));
  // The first progress line says that the store is reading.
  await raw.saw('"Bytes"');
  return { ...raw, rest: body.slice(sent) };
}

/** A WebSocket that was accepted, and then says nothing, whatever it is told. */
export async function openMuteWebSocket(url: string): Promise<Raw> {
  const raw = await openRaw(
    url,
    requestHead(
      "GET",
      url,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
  );
  await raw.saw("101 Switching Protocols");
  return raw;
}
