import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a Kubo can do to a block that is asked of it, apart from giving it. */
export const LIES = [
  /** As many bytes, one of them different. */
  "wrong_bytes",
  /** Another block, whole. */
  "wrong_block",
  /** Bytes are missing at the end; the length says nothing of it. */
  "short",
  /** Bytes follow the block. */
  "extra",
  /** Bytes without end. */
  "endless",
  /** One byte a second. */
  "drip",
  /** Headers, and then nothing. */
  "hang",
  /** Not even headers. */
  "silence",
  /** A redirect to a place that has the right bytes. */
  "redirect",
  /** A page for people, with status 200. */
  "html",
  /** Half of the block, then a trailer that says that it failed. */
  "stream_error",
  /** Half of the block, then the connection breaks. */
  "cut",
  /** Fewer bytes than `Content-Length` promises, on a connection that stays open. */
  "length_lie",
] as const;

export type Lie = (typeof LIES)[number];

/** An HTTP server that looks like Kubo and tells the truth only when it is told to. */
export interface LyingKubo extends AsyncDisposable {
  readonly api: string;
  /** How often it did what; requests to where its redirects lead are `followed_redirect`. */
  readonly told: ReadonlyMap<Lie | "truth" | "followed_redirect", number>;
  /** Connections that are open. */
  connections(): number;
  stop(): Promise<void>;
}

export interface LyingKuboInit {
  /** What it has, by the text of the CID. */
  blocks?: ReadonlyMap<string, Uint8Array>;
  /** Asked for every block: what to do. @default the truth */
  lie?: (cid: string) => Lie | "truth";
  /**
   * What it says to other commands, once it has read all it was sent, or what it does about them; an
   * error to those not here.
   */
  answers?: Readonly<Record<string, string | AnswerOfKubo>>;
}

export type AnswerOfKubo = (
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

const DRIP_MS = 1_000;
/** The page of a proxy that stands in front of Kubo and has lost it. */
const PAGE = "<!doctype html><title>Welcome</title>";

export async function startLyingKubo({
  blocks = new Map(),
  lie = () => "truth",
  answers = {},
}: LyingKuboInit): Promise<LyingKubo> {
  const told = new Map<Lie | "truth" | "followed_redirect", number>();
  const count = (what: Lie | "truth" | "followed_redirect") =>
    told.set(what, (told.get(what) ?? 0) + 1);
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const cid = url.searchParams.get("arg") ?? "";
    const block = blocks.get(cid);
    const command = url.pathname.replace(/^.*\/api\/v0\//, "");
    const answer = command === "version" ? '{"Version":"0.39.0"}' : answers[command];
    if (url.pathname.startsWith("/elsewhere")) count("followed_redirect");
    if (typeof answer === "function") {
      void answer(response, request);
      return;
    }
    request.resume();
    if (answer !== undefined) {
      request.once("end", () => respond(response, answer));
    } else if (block === undefined) {
      refuse(response, `ipld: could not find ${cid}`);
    } else {
      const what = lie(cid);
      count(what);
      tell(what, { request, response, block, blocks });
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await listen(server);
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return {
    api: `http://127.0.0.1:${port}`,
    told,
    connections: () => sockets.size,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Telling {
  request: IncomingMessage;
  response: ServerResponse;
  block: Uint8Array;
  blocks: ReadonlyMap<string, Uint8Array>;
}

function tell(what: Lie | "truth", { request, response, block, blocks }: Telling): void {
  const half = block.subarray(0, Math.ceil(block.length / 2));
  const headers = { "content-type": "text/plain", "x-stream-output": "1" };
  switch (what) {
    case "truth": {
      response.writeHead(200, headers).end(block);
      return;
    }
    case "wrong_bytes": {
      const wrong = Buffer.from(block);
      const at = Math.floor(wrong.length / 3);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      response.writeHead(200, headers).end(wrong);
      return;
    }
    case "wrong_block": {
      const others = [...blocks.values()].filter((other) => !Buffer.from(block).equals(other));
      response.writeHead(200, headers).end(others[block.length % others.length] ?? "");
      return;
    }
    case "short": {
      response.writeHead(200, headers).end(half);
      return;
    }
    case "extra": {
      response.writeHead(200, headers).end(Buffer.concat([block, Buffer.from("and more")]));
      return;
    }
    case "endless": {
      response.writeHead(200, headers).write(block);
      const more = Buffer.alloc(256 * 1024);
      const write = () => {
        while (!response.destroyed && response.write(more));
      };
      response.on("drain", write);
      write();
      return;
    }
    case "drip": {
      response.writeHead(200, headers);
      let at = 0;
      const timer = setInterval(() => response.write(block.subarray(at, (at += 1))), DRIP_MS);
      response.write(block.subarray(at, (at += 1)));
      response.once("close", () => clearInterval(timer));
      return;
    }
    case "hang": {
      response.writeHead(200, headers).flushHeaders();
      return;
    }
    case "silence": {
      return;
    }
    case "redirect": {
      response.writeHead(307, { location: `/elsewhere${request.url ?? ""}` }).end();
      return;
    }
    case "html": {
      response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
      return;
    }
    case "stream_error": {
      response.writeHead(200, { ...headers, trailer: "X-Stream-Error" });
      response.write(half);
      response.addTrailers({ "X-Stream-Error": "the disk is on fire" });
      response.end();
      return;
    }
    case "cut": {
      response.writeHead(200, headers).write(half, () => request.socket.destroy());
      return;
    }
    case "length_lie": {
      response.writeHead(200, { ...headers, "content-length": block.length }).write(half);
      return;
    }
  }
}

function respond(response: ServerResponse, json: string): void {
  response.writeHead(200, { "content-type": "application/json" }).end(json);
}

function refuse(response: ServerResponse, message: string): void {
  response.writeHead(500, { "content-type": "application/json" });
  response.end(JSON.stringify({ Message: message, Code: 0, Type: "error" }));
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return isInternet(address) ? address.port : 0;
}

function isInternet(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
