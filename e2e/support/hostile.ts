import { once } from "node:events";
import { connect } from "node:net";

import type { Ready } from "@ipfs-kit/core/wire";
import { WebSocket } from "ws";

import { signalingUrl } from "./watch.ts";

const NAMES = [
  'a"b',
  "a\u001B[2Jb",
  "a%0d%0ab",
  "a%00b",
  "\u202Egpj",
  "%E2%80%A8",
  "..%2f..%2f",
  "{}",
  "\\u0000",
];

const headOf = (port: string, ...lines: string[]) =>
  [...lines, `Host: 127.0.0.1:${port}`, "Connection: close", "", ""].join("\r\n");

/** Requests nobody sends by mistake, as the bytes that go out. */
function hostileRequests(port: string): string[] {
  return [
    ...NAMES.map((name) => headOf(port, `GET /${name}?${name} HTTP/1.1`, `X-A: ${name}`)),
    ...NAMES.map((name) =>
      headOf(port, `POST /api/v0/cat?arg=${name} HTTP/1.1`, "Content-Length: 0"),
    ),
    ...NAMES.map((name) =>
      headOf(port, "GET / HTTP/1.1", `User-Agent: ${name}`, `Upgrade: ${name}`),
    ),
    headOf(port, "GET / HTTP/1.1", `X-Large: ${"x".repeat(100_000)}`),
    headOf(port, `GET /${"y".repeat(15_000)} HTTP/1.1`),
    headOf(port, "GET / HTTP/1.1", ...Array.from({ length: 1900 }, (_, n) => `X-${n}: 1`)),
    headOf(port, "GET / HTTP/1.1", "__proto__: 1", "constructor: 1", "toJSON: 1"),
    headOf(port, 'GE"T / HTTP/1.1'),
    headOf(port, "GET http://evil/\u0007 HTTP/1.1"),
    headOf(port, "GET / HTTP/9.9"),
    headOf(port, "POST / HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"),
    headOf(port, "POST /api/v0/add HTTP/1.1", "Transfer-Encoding: chunked") + "zz\r\n\r\n",
    headOf(
      port,
      "POST /api/v0/metadata HTTP/1.1",
      "Content-Type: application/json",
      "Content-Length: 4",
    ) + "{\n\u001B",
    headOf(port, "GET /ws/webrtc HTTP/1.1", "Upgrade: websocket", "Sec-WebSocket-Key: \u001B"),
    headOf(port, "GET / HTTP/1.1", "Expect: \u001B[2J"),
    `GET / HTTP/1.1\r\nHost: evil"\n{"level":"info"}\r\n\r\n`,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\u0016\u0003\u0001\u0002\u0000",
    '{"level":"error","msg":"forged"}\n',
    "\u0000".repeat(1000),
  ];
}

const MESSAGES = [
  "",
  "{",
  '{"type":"\\u001b[2J\\n"}',
  '{"type":"offer_request","cid":"\\n{}"}',
  "[]",
  "\u0000",
  "null",
];

/** Sends what should not be sent, to both listeners, and waits until all of it was answered or cut. */
export async function sendHostile(ready: Ready): Promise<void> {
  for (const url of [ready.http, ready.gateway ?? ready.http]) {
    const { port } = new URL(url);
    for (const text of hostileRequests(port)) await sendBytes(Number(port), text);
  }
  const socket = new WebSocket(signalingUrl(ready));
  await once(socket, "open");
  for (const message of MESSAGES) socket.send(message);
  // Not UTF-8, which ends it.
  socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  await once(socket, "close");
}

async function sendBytes(port: number, text: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  // Some of it asks for nothing: the answer would never come.
  socket.setTimeout(500, () => socket.destroy());
  socket.resume();
  socket.end(Buffer.from(text, "latin1"));
  await once(socket, "close");
}
