import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

export async function openRaw(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  // A reset is one way of being closed.
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Everything until the far end closes, or until the body announced by its length is there. */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let text = "";
  socket.setEncoding("latin1");
  for await (const chunk of socket) {
    text += String(chunk);
    if (isWhole(text)) break;
  }
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  return {
    status: Number(statusLine.split(" ")[1]),
    headers: new Headers(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(":")),
        line.slice(line.indexOf(":") + 1).trim(),
      ]),
    ),
    body: rest.join("\r\n\r\n"),
  };
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1];
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length);
}
