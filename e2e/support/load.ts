import { randomUUID } from "node:crypto";
import { Agent, type ClientRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { Ready } from "@ipfs-kit/core/wire";
import { seededBytes } from "@ipfs-kit/testing";
import { WebSocket } from "ws";

import { exchange, type Outcome } from "./exchange.ts";
import { signalingUrl } from "./watch.ts";

/** A file the server has, and its bytes. */
export interface Held {
  cid: string;
  bytes: Uint8Array;
}

/** One request of the load. */
export interface Deed {
  what: "read" | "download" | "upload";
  outcome: Outcome;
  /** What was sent, or should have come. */
  bytes?: Uint8Array;
  /** The connection had been used before. */
  reused: boolean;
}

interface Close {
  code: number;
  reason: string;
}

export interface Load {
  /** Everybody is at work: each has had, or is getting, a first answer. */
  readonly busy: Promise<unknown>;
  /** Resolves when nobody is at work any more, because the server is gone. */
  readonly over: Promise<{ deeds: readonly Deed[]; closes: readonly Close[] }>;
}

export interface LoadInit {
  ready: Ready;
  held: readonly Held[];
  random: () => number;
  readers?: number;
  downloaders?: number;
  uploaders?: number;
  sockets?: number;
}

const READS = ["/api/v0/version", "/api/v0/pins", "/api/v0/stats", "/api/v0/health", "/readyz"];
const BOUNDARY = "----ipfs-kit-load";

/** Clients of all kinds, who ask again and again until nobody answers. */
export function startLoad({
  ready,
  held,
  random,
  readers = 16,
  downloaders = 6,
  uploaders = 6,
  sockets = 20,
}: LoadInit): Load {
  const deeds: Deed[] = [];
  const started: Promise<void>[] = [];
  const worker = async (work: (agent: Agent) => Promise<Deed>) => {
    const first = Promise.withResolvers<void>();
    started.push(first.promise);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      const deed = await work(agent);
      deeds.push(deed);
      first.resolve();
      if (deed.outcome.kind !== "whole") break;
      // Who is told to go away comes back a little later, as one does.
      if (deed.outcome.status === 503) await sleep(20 + random() * 30);
    }
    agent.destroy();
  };
  const closes = Array.from({ length: sockets }, async () => openSocket(ready, started));
  const workers = [
    ...Array.from({ length: readers }, async () =>
      worker(async (agent) => {
        const path = READS[Math.floor(random() * READS.length)] ?? "/";
        let reused = false;
        const outcome = await exchange(ready.http + path, {
          agent,
          send: (outgoing) => outgoing.on("socket", () => (reused = outgoing.reusedSocket)).end(),
        });
        return { what: "read", outcome, reused };
      }),
    ),
    ...Array.from({ length: downloaders }, async () =>
      worker(async (agent) => download({ ready, held, random, agent })),
    ),
    ...Array.from({ length: uploaders }, async () =>
      worker(async (agent) => upload({ ready, random, agent })),
    ),
  ];
  return {
    busy: Promise.all(started),
    over: Promise.all(workers).then(async () => ({ deeds, closes: await Promise.all(closes) })),
  };
}

interface DeedInit {
  ready: Ready;
  random: () => number;
  agent: Agent;
}

async function download({
  ready,
  held,
  random,
  agent,
}: DeedInit & Pick<LoadInit, "held">): Promise<Deed> {
  const { cid, bytes } = held[Math.floor(random() * held.length)] ?? {
    cid: "",
    bytes: new Uint8Array(),
  };
  const onGateway = random() < 0.5 && ready.gateway !== undefined;
  const url = onGateway ? `${ready.gateway}/ipfs/${cid}` : `${ready.http}/api/v0/cat?arg=${cid}`;
  let reused = false;
  const outcome = await exchange(url, {
    method: onGateway ? "GET" : "POST",
    // Two addresses: a socket is of use for one of them only.
    agent: onGateway ? false : agent,
    send: (outgoing) => outgoing.on("socket", () => (reused = outgoing.reusedSocket)).end(),
    // A reader that takes its time, but reads.
    onAnswer: async () => sleep(random() * 200),
  });
  return { what: "download", outcome, bytes, reused };
}

async function upload({ ready, random, agent }: DeedInit): Promise<Deed> {
  const bytes = seededBytes(Math.ceil(random() * 2 ** 20), Math.ceil(random() * 2 ** 30));
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${randomUUID()}"\r\n\r\n`;
  const tail = `\r\n--${BOUNDARY}--\r\n`;
  let reused = false;
  const outcome = await exchange(`${ready.http}/api/v0/add?quieter=true`, {
    method: "POST",
    agent,
    headers: {
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
      "content-length": String(head.length + bytes.length + tail.length),
    },
    send: (outgoing) => {
      outgoing.on("socket", () => (reused = outgoing.reusedSocket));
      void sendSlowly(outgoing, [Buffer.from(head), bytes, Buffer.from(tail)], random);
    },
  });
  return { what: "upload", outcome, bytes, reused };
}

/** In pieces with pauses, so that the signal finds many of them half done. */
async function sendSlowly(
  outgoing: ClientRequest,
  parts: readonly Uint8Array[],
  random: () => number,
): Promise<void> {
  const bytes = Buffer.concat(parts);
  const piece = Math.ceil(bytes.length / 8);
  for (let at = 0; at < bytes.length && !outgoing.destroyed; at += piece) {
    outgoing.write(bytes.subarray(at, at + piece));
    await sleep(random() * 40);
  }
  outgoing.end();
}

async function openSocket(ready: Ready, started: Promise<void>[]): Promise<Close> {
  const socket = new WebSocket(signalingUrl(ready));
  const open = Promise.withResolvers<void>();
  started.push(open.promise);
  socket.on("error", open.reject);
  socket.on("message", () => open.resolve());
  const { promise, resolve } = Promise.withResolvers<Close>();
  socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  await open.promise;
  return promise;
}
