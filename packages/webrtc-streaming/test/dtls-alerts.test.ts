import type { RTCPeerConnection } from "werift";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { connectPair } from "./connected-pair.ts";

const ALERT = 21;
const WARNING = 1;
const FATAL = 2;
const CLOSE_NOTIFY = 0;
const INTERNAL_ERROR = 80;
const USER_CANCELED = 90;

let pair: Awaited<ReturnType<typeof connectPair>>;
let heard: string[];

beforeEach(async () => {
  pair = await connectPair();
  heard = [];
  pair.transport.onLeft = () => void heard.push("left");
  pair.transport.onDead = (code) => void heard.push(code);
});
afterEach(async () => pair.close());

/** Sends an alert as the viewer's DTLS would: encrypted, in the order of its records. */
async function sendAlert(viewer: RTCPeerConnection, bytes: number[]): Promise<void> {
  const socket = viewer.dtlsTransports[0]?.dtls;
  if (socket === undefined) throw new Error("There is no DTLS.");
  const { cipher } = socket;
  const encrypt = cipher.encryptPacket.bind(cipher);
  cipher.encryptPacket = (record) => {
    record.recordLayerHeader.contentType = ALERT;
    return encrypt(record);
  };
  await socket.send(Buffer.from(bytes));
  cipher.encryptPacket = encrypt;
}

describe("an alert of the viewer", () => {
  it("that says goodbye ends the connection as meant", async () => {
    await sendAlert(pair.viewer, [WARNING, CLOSE_NOTIFY]);
    await expect.poll(() => heard).toEqual(["left"]);
  });

  it("that is fatal ends it as failed", async () => {
    await sendAlert(pair.viewer, [FATAL, INTERNAL_ERROR]);
    await expect.poll(() => heard).toEqual(["connection_failed"]);
  });

  it("that only warns ends nothing", async () => {
    await sendAlert(pair.viewer, [WARNING, USER_CANCELED]);
    await sendAlert(pair.viewer, [WARNING, CLOSE_NOTIFY]);
    await expect.poll(() => heard).toEqual(["left"]);
  });

  it("that is not encrypted, or not by the viewer, is nobody's word", async () => {
    const ice = pair.viewer.dtlsTransports[0]?.iceTransport.connection;
    const plain = Buffer.from("15fefd000000000000000900020100", "hex");
    const forged = Buffer.from(`15fefd0001000000000099001a${"00".repeat(26)}`, "hex");
    await ice?.send(plain);
    await ice?.send(forged);
    await ice?.send(Buffer.concat([plain, forged]));
    // What is sent after them arrives after them.
    await sendAlert(pair.viewer, [FATAL, INTERNAL_ERROR]);
    await expect.poll(() => heard).toEqual(["connection_failed"]);
  });
});
