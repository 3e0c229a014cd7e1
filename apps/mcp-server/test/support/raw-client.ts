import type { Socket } from "node:net";

import { openRaw } from "./raw-http.ts";

export interface RawReply {
  status: number;
  headers: Headers;
  body: string;
}

/** Sends bytes nobody looks at before, one request after the other, over one connection as long as it lasts. */
export class RawClient {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = "";
  #wake: () => void = () => {};
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** @param text a whole request, in Latin 1 */
  async ask(text: string): Promise<RawReply> {
    const socket = (this.#socket ??= await this.#connect());
    socket.write(text, "latin1");
    for (;;) {
      const reply = readReply(this.#received, this.#isOver);
      if (reply !== undefined) return this.#take(reply);
      if (this.#isOver) throw new Error(`No answer to ${JSON.stringify(text.slice(0, 200))}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #take(reply: RawReply & { length: number }): RawReply {
    const { status, headers, body } = reply;
    this.#received = this.#received.slice(reply.length);
    // After an upgrade the rest is no HTTP.
    if (status === 101 || headers.get("connection") === "close") this.close();
    return { status, headers, body };
  }

  async #connect(): Promise<Socket> {
    const socket = await openRaw(this.#port);
    this.#received = "";
    this.#isOver = false;
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      this.#received += String(chunk);
      this.#wake();
    });
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#isOver = true;
      this.#socket = undefined;
      this.#wake();
    });
    return socket;
  }
}

/** Runs cases over a few clients at once, in any order. */
export async function overClients<Case>(
  port: number,
  cases: readonly Case[],
  check: (client: RawClient, one: Case) => Promise<void>,
): Promise<void> {
  const rest = cases.values();
  const work = async () => {
    const client = new RawClient(port);
    try {
      for (const one of rest) await check(client, one);
    } finally {
      client.close();
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

/** The first answer in what came in, once it is whole. */
function readReply(text: string, isOver: boolean): (RawReply & { length: number }) | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const start = end + 4;
  const bodyEnd = endOfBody(text, start, { status, headers, isOver });
  if (bodyEnd === undefined) return undefined;
  return { status, headers, body: text.slice(start, bodyEnd), length: bodyEnd };
}

function endOfBody(
  text: string,
  start: number,
  { status, headers, isOver }: { status: number; headers: Headers; isOver: boolean },
): number | undefined {
  if (status === 101 || status === 204 || status === 304) return start;
  const length = headers.get("content-length");
  if (length !== null) {
    const end = start + Number(length);
    return text.length >= end ? end : undefined;
  }
  const last = text.indexOf("0\r\n\r\n", start);
  if (headers.get("transfer-encoding") === "chunked") return last < 0 ? undefined : last + 5;
  return isOver ? text.length : undefined;
}
