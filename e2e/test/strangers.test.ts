import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

import { mediaFixture } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { addFile } from "../support/http.ts";
import { openViewer } from "../support/page-viewer.ts";
import { useStage } from "../support/stage.ts";
import { watch } from "../support/watch.ts";

/** A DTLS 1.2 record header: type, version, epoch, sequence number, length. */
function dtlsRecord(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header[0] = type;
  header.writeUInt16BE(0xfefd, 1);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}

/** A ClientHello without extensions, enough for a server to begin a handshake. */
function clientHello(): Buffer {
  const body = Buffer.concat([
    Buffer.from([0xfe, 0xfd]),
    randomBytes(32),
    Buffer.from([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]),
  ]);
  const header = Buffer.from([1, 0, 0, body.length, 0, 0, 0, 0, 0, 0, 0, body.length]);
  return dtlsRecord(22, Buffer.concat([header, body]));
}

/** A STUN Binding request that claims the other role with the highest tie-breaker, unsigned. */
function roleStealingRequest(): Buffer {
  const attribute = Buffer.concat([Buffer.from([0x80, 0x2a, 0, 8]), Buffer.alloc(8, 0xff)]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x0001, 0);
  header.writeUInt16BE(attribute.length, 2);
  header.writeUInt32BE(0x2112_a442, 4);
  randomBytes(12).copy(header, 8);
  return Buffer.concat([header, attribute]);
}

/** One of each kind that strangers send (and that unguarded stacks die of). */
const PACKETS: Record<string, () => Buffer> = {
  "a ClientHello": clientHello,
  "a plaintext close_notify": () => dtlsRecord(21, Buffer.from([1, 0])),
  "a fatal alert": () => dtlsRecord(21, Buffer.from([2, 40])),
  "a random DTLS record": () => dtlsRecord(23, randomBytes(120)),
  "random bytes": () => randomBytes(200),
  "something like STUN": () => Buffer.concat([Buffer.from([0, 1]), randomBytes(60)]),
  "a STUN request that steals the role": roleStealingRequest,
  "something like RTP": () => Buffer.concat([Buffer.from([0x80, 96]), randomBytes(100)]),
};

const stage = useStage();

interface Address {
  host: string;
  port: number;
}

/** The IPv4 address in a candidate line. */
function addressOf(candidate = ""): Address[] {
  const [, , , , host, port] = candidate.split(" ");
  return host === undefined || host.includes(":") ? [] : [{ host, port: Number(port) }];
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0);
  await once(socket, "listening");
  return socket;
}

describe("a stranger's datagram", () => {
  it.each(Object.keys(PACKETS))("does not disturb a running session: %s", async (kind) => {
    const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
    const viewer = await openViewer(stage.page, { url: stage.url, cid });
    const socket = await openSocket();
    const messages = await viewer.evaluate((seen) => seen.messages);
    const ports = messages.flatMap(({ candidate }) => addressOf(candidate));
    expect(ports.length).toBeGreaterThan(0);
    for (const { host, port } of ports) {
      for (let count = 0; count < 5; count += 1) socket.send(PACKETS[kind]?.() ?? "", port, host);
    }
    const { before, after } = await watch(viewer, 1_000);
    expect(after.framesDecoded - before.framesDecoded).toBeGreaterThan(15);
    expect(await viewer.evaluate((seen) => seen.states())).toEqual({
      connection: "connected",
      dtls: "connected",
    });
    await viewer.evaluate((seen) => seen.leave());
    socket.close();
  });

  it("does not keep a viewer from connecting", async () => {
    const cid = await addFile(stage.http, await mediaFixture("webm-vp8-opus"));
    const socket = await openSocket();
    const ports: Address[] = [];
    await stage.page.exposeFunction("onServerCandidate", (candidate: string) => {
      ports.push(...addressOf(candidate));
    });
    let sent = 0;
    const fire = setInterval(() => {
      for (const { host, port } of ports) {
        for (const packet of Object.values(PACKETS)) socket.send(packet(), port, host);
        sent += 1;
      }
    }, 2);
    // The attack is on before the viewer has answered, and goes on until there is a picture.
    const viewer = await openViewer(stage.page, { url: stage.url, cid, answerAfterMs: 300 });
    clearInterval(fire);
    expect(sent).toBeGreaterThan(100);
    expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
    const { before, after } = await watch(viewer, 1_000);
    expect(after.framesDecoded - before.framesDecoded).toBeGreaterThan(15);
    await viewer.evaluate((seen) => seen.leave());
    socket.close();
  });
});
