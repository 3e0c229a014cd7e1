import { createReadStream } from "node:fs";

import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { serverMessageSchema, type ServerMessage } from "@ipfs-kit/core/wire";
import { mediaFixture } from "@ipfs-kit/testing";
import { connectSignaling, createStreamingManager } from "@ipfs-kit/webrtc-streaming";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const store = createMemoryRepository();
const manager = createStreamingManager({ store, maxSessions: 50 });
let cid = "";

beforeAll(async () => {
  await manager.start();
  const added = await store.add(createReadStream(await mediaFixture("webm-vp8-opus")));
  cid = added.cid.toString();
});

afterAll(async () => manager.stop());

/** A channel, and what came out of it; every message must have the documented form. */
function openChannel(maxSessions?: number) {
  const messages: ServerMessage[] = [];
  const socket = {
    send: (text: string) => void messages.push(serverMessageSchema.parse(JSON.parse(text))),
  };
  const peer = connectSignaling({ manager, socket, maxSessions });
  const say = (message: object) => peer.receive(JSON.stringify(message));
  const heard = (type: ServerMessage["type"]) =>
    messages.filter((message) => message.type === type);
  const codes = () => messages.flatMap((message) => (message.type === "error" ? message.code : []));
  return { peer, say, heard, codes, messages };
}

const openSockets = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length;

describe("a channel", () => {
  it("takes a burst of candidates in one turn", async () => {
    const { peer, say, heard, codes } = openChannel();
    say({ type: "offer_request", cid });
    await expect.poll(() => heard("offer").length).toBe(1);
    const [offer] = heard("offer");
    const pc_id = offer?.type === "offer" ? offer.pc_id : "";
    for (let index = 0; index < 100; index += 1) {
      const candidate = `candidate:${index} 1 udp 1 192.0.2.1 ${5_000 + index} typ host`;
      say({ type: "candidate", pc_id, candidate, sdpMid: "0" });
    }
    say({ type: "ping" });
    await expect.poll(() => heard("pong").length).toBe(1);
    expect(codes()).toEqual([]);
    await peer.disconnected();
  });

  it("has a limit of its own, which it announces", async () => {
    const { peer, say, heard, codes } = openChannel(2);
    expect(heard("welcome")).toMatchObject([{ limits: { sessions: 2 } }]);
    for (let index = 0; index < 3; index += 1) say({ type: "offer_request", cid });
    await expect.poll(() => heard("offer").length).toBe(2);
    expect(codes()).toEqual(["limit_exceeded"]);
    await peer.disconnected();
  });

  it("that closes everything gets no offer afterwards", async () => {
    const { peer, say, heard, codes } = openChannel();
    say({ type: "offer_request", cid });
    say({ type: "close" });
    await expect.poll(() => heard("closed_all").length).toBe(1);
    await expect.poll(codes).toEqual(["aborted"]);
    expect(heard("offer")).toEqual([]);
    expect(manager.list()).toEqual([]);
    await peer.disconnected();
  });

  it("is told which of its messages was wrong", () => {
    const { say, messages } = openChannel();
    say({ type: "control", pc_id: "one", action: "seek", position_seconds: -1 });
    say({ type: "offer_request", cid: "bafy", quality: "best" });
    say({ type: "dance", pc_id: 7 });
    expect(messages.slice(1)).toMatchObject([
      { code: "invalid_request", pc_id: "one" },
      { code: "invalid_request", cid: "bafy" },
      { code: "not_supported" },
    ]);
  });

  it("is told once what is wrong with its answer", async () => {
    const { peer, say, heard, codes } = openChannel();
    say({ type: "offer_request", cid });
    await expect.poll(() => heard("offer").length).toBe(1);
    const [offer] = heard("offer");
    const pc_id = offer?.type === "offer" ? offer.pc_id : "";
    say({ type: "answer", pc_id, sdp: "nonsense" });
    await expect.poll(() => heard("closed").length).toBe(1);
    expect(codes()).toEqual(["negotiation_failed"]);
    await peer.disconnected();
  });
});

describe("a viewer that leaves while its offer is being made", () => {
  it("leaves nothing behind, at whatever moment it goes", async () => {
    // The test run fails on a rejection nobody handles.
    for (let turns = 0; turns < 40; turns += 1) {
      const { peer, say } = openChannel();
      say({ type: "offer_request", cid });
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await peer.disconnected();
    }
    await expect.poll(() => manager.list().length).toBe(0);
    await expect.poll(openSockets, { timeout: 5_000 }).toBe(0);
  });

  it("or right after it was made", async () => {
    for (let index = 0; index < 10; index += 1) {
      const session = await manager.open({ cid });
      await session.close();
    }
    await expect.poll(openSockets, { timeout: 5_000 }).toBe(0);
  });
});

describe("a session", () => {
  it("refuses a position that is no number", async () => {
    const session = await manager.open({ cid });
    expect(() => session.seek(Number.NaN)).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
    await session.close();
  });
});
