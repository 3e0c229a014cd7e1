import { createSocket } from "node:dgram";
import { once } from "node:events";

import { describe, expect, it } from "vitest";

import { DatagramPath } from "../src/session/datagram-path.ts";

const PIECES = [Buffer.from([1, 2]), Buffer.from([3]), Buffer.from([4, 5])];
const WHOLE = Buffer.concat(PIECES);

/** An ICE agent as werift has it, whose chosen pair leads through a socket to a port of this machine. */
async function agent() {
  const receiver = createSocket("udp4").bind(0, "127.0.0.1");
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await Promise.all([once(receiver, "listening"), once(socket, "listening")]);
  const arrived: Buffer[] = [];
  receiver.on("message", (datagram) => arrived.push(datagram));
  const remoteAddr: [string, number] = ["127.0.0.1", receiver.address().port];
  const transport = { type: "udp", socket, closed: false };
  const ice = {
    consent: true,
    nominated: {
      protocol: { type: "stun", transport },
      remoteAddr,
      packetsSent: 0,
      bytesSent: 0,
    },
    canSendApplicationData(): boolean {
      return this.consent;
    },
    throughWerift: new Array<Buffer>(),
    async send(data: Buffer) {
      this.throughWerift.push(data);
    },
  };
  const close = () => {
    receiver.close();
    socket.close();
  };
  return { ice, transport, arrived, close };
}

describe("a datagram", () => {
  it("goes straight to the socket of the chosen pair, in one piece, and is counted", async () => {
    const { ice, arrived, close } = await agent();
    expect(new DatagramPath(ice).send(PIECES, WHOLE.length)).toBe(true);
    await expect.poll(() => arrived).toEqual([WHOLE]);
    expect(ice.throughWerift).toEqual([]);
    expect(ice.nominated).toMatchObject({ packetsSent: 1, bytesSent: 5 });
    close();
  });

  it("stays here without consent, or when the socket is closed", async () => {
    const { ice, transport, close } = await agent();
    const path = new DatagramPath(ice);
    ice.consent = false;
    expect(path.send(PIECES, WHOLE.length)).toBe(false);
    ice.consent = true;
    transport.closed = true;
    expect(path.send(PIECES, WHOLE.length)).toBe(false);
    transport.closed = false;
    close();
    expect(path.send(PIECES, WHOLE.length)).toBe(false);
    expect(ice.nominated).toMatchObject({ packetsSent: 0, bytesSent: 0 });
  });

  it("goes through werift by a relay, and to a new pair when ICE chooses one", async () => {
    const { ice, arrived, close } = await agent();
    const path = new DatagramPath(ice);
    path.send(PIECES, WHOLE.length);
    await expect.poll(() => arrived.length).toBe(1);
    ice.nominated = { ...ice.nominated, protocol: { ...ice.nominated.protocol, type: "turn" } };
    expect(path.send(PIECES, WHOLE.length)).toBe(true);
    expect(ice.throughWerift).toEqual([WHOLE]);
    close();
  });

  it("goes through werift when werift does not say whether there is consent", async () => {
    const { ice, close } = await agent();
    const sent: Buffer[] = [];
    const send = async (data: Buffer) => void sent.push(data);
    const path = new DatagramPath({ nominated: ice.nominated, send });
    expect(path.send(PIECES, WHOLE.length)).toBe(true);
    expect(sent).toEqual([WHOLE]);
    close();
  });
});
