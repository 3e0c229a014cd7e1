import { ERROR_CODES } from "@ipfs-kit/core";
import { createViewer, type Playback, type ViewerInit } from "@ipfs-kit/webrtc-streaming/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FakePeer, FakeSocket, type FakeTrack, settle } from "./client-fakes.ts";

class FakeStream {
  readonly tracks: FakeTrack[];
  constructor(tracks: FakeTrack[]) {
    this.tracks = tracks;
  }
}

type Play = Playback<FakeTrack, FakeStream>;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.opened = [];
  FakePeer.made = [];
});
afterEach(() => {
  if (vi.getTimerCount() > 0) throw new Error("A timer was left behind.");
  vi.useRealTimers();
});

function viewerOf(init: Partial<ViewerInit<FakeTrack, FakeStream>> = {}) {
  return createViewer<FakeTrack, FakeStream>({
    url: "ws://server/ws/webrtc",
    RTCPeerConnection: FakePeer,
    WebSocket: FakeSocket,
    MediaStream: FakeStream,
    now: () => Date.now(),
    ...init,
  });
}

function socketOf(index = 0): FakeSocket {
  const socket = FakeSocket.opened[index];
  if (socket === undefined) throw new Error(`There is no socket ${index}.`);
  return socket;
}

function peerOf(index = 0): FakePeer {
  const peer = FakePeer.made[index];
  if (peer === undefined) throw new Error(`There is no peer ${index}.`);
  return peer;
}

/** Everything up to flowing media. */
async function connect(playback: Play, { id = "pc-1", index = 0 } = {}): Promise<FakePeer> {
  socketOf().offer(id, playback.cid);
  await settle();
  const peer = peerOf(index);
  peer.enter("connected");
  await playback.whenConnected();
  return peer;
}

async function opened(viewer = viewerOf(), cid = "bafy-a") {
  const playback = viewer.open(cid);
  socketOf().welcome();
  await settle();
  return { viewer, playback, socket: socketOf() };
}

describe("negotiation", () => {
  it("asks once it was greeted, answers the offer and reports each step once", async () => {
    const viewer = viewerOf();
    const playback = viewer.open("bafy-a", { startAtSeconds: 5, quality: "low" });
    const steps: string[] = [];
    playback.on("step", ({ name, ms }) => steps.push(`${name} ${ms}`));
    expect(socketOf().sent).toEqual([]);
    socketOf().welcome();
    await settle();
    expect(socketOf().sent).toEqual([
      {
        type: "offer_request",
        cid: "bafy-a",
        kind: "av",
        quality: "low",
        start_at_seconds: 5,
      },
    ]);

    vi.advanceTimersByTime(30);
    socketOf().offer("pc-1", "bafy-a");
    await settle();
    expect(socketOf().sent[1]).toEqual({
      type: "answer",
      pc_id: "pc-1",
      sdp: "answer",
      sdpType: "answer",
    });
    vi.advanceTimersByTime(20);
    peerOf().enter("connected");
    await playback.whenConnected();
    expect(playback.stream?.tracks).toEqual([peerOf().track]);

    peerOf().reports.push({ type: "inbound-rtp", kind: "video", framesDecoded: 1 });
    await vi.advanceTimersByTimeAsync(50);
    expect(steps).toEqual(["offer 30", "ice 20", "dtls 0", "first-frame 50"]);
    expect(playback.steps.at(-1)?.totalMs).toBe(100);
    viewer.close();
  });

  it("holds candidates back until the other side can use them", async () => {
    const { viewer, socket } = await opened();
    socket.say({ type: "candidate", pc_id: "pc-1", candidate: "early", sdpMid: "0" });
    socket.offer("pc-1", "bafy-a");
    socket.say({ type: "candidate", pc_id: "pc-1", candidate: "bad", sdpMid: "0" });
    socket.say({ type: "candidate", pc_id: "pc-1", candidate: "late", sdpMid: "0" });
    await settle();
    expect(peerOf().log).toEqual([
      "remote: offer of pc-1",
      "local",
      "candidate: early",
      "candidate: bad",
      "candidate: late",
    ]);
    peerOf().discover({ candidate: "mine 2", sdpMid: null, sdpMLineIndex: 0 });
    peerOf().discover({ candidate: "" });
    peerOf().discover(null);
    expect(socket.types()).toEqual(["offer_request", "answer", "candidate", "candidate"]);
    expect(socket.sent[3]).toEqual({
      type: "candidate",
      pc_id: "pc-1",
      candidate: "mine 2",
      sdpMid: null,
      sdpMLineIndex: 0,
    });
    viewer.close();
  });

  it("answers a later offer on the same connection", async () => {
    const { viewer, playback, socket } = await opened();
    await connect(playback);
    socket.offer("pc-1", "bafy-a");
    await settle();
    expect(FakePeer.made).toHaveLength(1);
    expect(socket.types().filter((type) => type === "answer")).toHaveLength(2);
    viewer.close();
  });

  it("says so when the offer cannot be taken", async () => {
    const { playback, socket } = await opened();
    socket.offer("pc-1", "bafy-a");
    peerOf().refuseOffer = true;
    await expect(playback.whenConnected()).rejects.toMatchObject({ code: "negotiation_failed" });
    expect(playback.state).toBe("failed");
    expect(socket.sent.at(-1)).toEqual({ type: "close", pc_id: "pc-1" });
  });
});

describe("several playbacks on one socket", () => {
  it("gives each offer and each error to the one it is about", async () => {
    const viewer = viewerOf();
    const [first, second, third] = ["bafy-a", "bafy-b", "bafy-c"].map((cid) => viewer.open(cid));
    socketOf().welcome();
    await settle();
    expect(FakeSocket.opened).toHaveLength(1);
    socketOf().offer("pc-b", "bafy-b");
    socketOf().say({ type: "error", code: "unplayable", message: "codec xyz", cid: "bafy-c" });
    socketOf().offer("pc-a", "bafy-spelt-differently");
    await settle();
    expect([first?.connectionId, second?.connectionId]).toEqual(["pc-a", "pc-b"]);
    await expect(third?.whenConnected()).rejects.toMatchObject({
      code: "unplayable",
      message: "codec xyz",
    });
    expect(first?.state).toBe("connecting");
    viewer.close();
  });

  it("tells all who wait for the same content how its conversion goes on, and nobody else", async () => {
    const viewer = viewerOf();
    const heard: string[] = [];
    const [first, second, other] = ["bafy-a", "bafy-a", "bafy-b"].map((cid, index) => {
      const playback = viewer.open(cid);
      playback.on("preparing", ({ percent }) => heard.push(`${index}: ${percent}`));
      return playback;
    });
    socketOf().welcome();
    await settle();
    const prepare = (cid: string, percent: number) =>
      socketOf().say({
        type: "notification",
        notification_type: "webrtc_preparing",
        data: { cid, percent, detail: "mpeg4 → h264" },
      });
    prepare("bafy-a", 10);
    prepare("bafy-nobody-asked-for", 20);
    expect(heard).toEqual(["0: 10", "1: 10"]);
    socketOf().offer("pc-b", "bafy-b");
    await vi.advanceTimersByTimeAsync(10_000);
    prepare("bafy-a", 60);
    await vi.advanceTimersByTimeAsync(55_000);
    expect([first?.state, second?.state]).toEqual(["preparing", "preparing"]);
    socketOf().offer("pc-1", "bafy-a");
    socketOf().offer("pc-2", "bafy-a");
    expect([first?.connectionId, second?.connectionId]).toEqual(["pc-1", "pc-2"]);
    expect(other?.state).toBe("failed");
    viewer.close();
  });

  it("closes the connection of a request that was given up", async () => {
    const viewer = viewerOf();
    const given = viewer.open("bafy-a");
    const kept = viewer.open("bafy-b");
    socketOf().welcome();
    await settle();
    given.close();
    socketOf().offer("pc-a", "bafy-a");
    socketOf().offer("pc-b", "bafy-b");
    await settle();
    expect(socketOf().sent).toContainEqual({ type: "close", pc_id: "pc-a" });
    expect(kept.connectionId).toBe("pc-b");
    viewer.close();
  });

  it("closes the socket with the last playback and opens a new one for the next", async () => {
    const { viewer, playback } = await opened();
    playback.close();
    playback.close();
    expect(socketOf().closed).toBe(true);
    viewer.open("bafy-b");
    expect(FakeSocket.opened).toHaveLength(2);
    viewer.close();
    viewer.close();
    expect(() => viewer.open("bafy-c")).toThrow(expect.objectContaining({ code: "invalid_state" }));
  });
});

describe("deadlines and the end", () => {
  it("waits for a conversion as long as it makes progress, and no longer", async () => {
    const { playback, socket } = await opened();
    const heard: (number | undefined)[] = [];
    playback.on("preparing", ({ percent }) => heard.push(percent));
    for (const percent of [10, 50, 90]) {
      vi.advanceTimersByTime(59_000);
      socket.say({
        type: "notification",
        notification_type: "webrtc_preparing",
        data: { cid: "bafy-a", percent, detail: "mpeg4 → h264" },
      });
    }
    expect(heard).toEqual([10, 50, 90]);
    expect(playback.state).toBe("preparing");
    vi.advanceTimersByTime(60_000);
    await expect(playback.whenConnected()).rejects.toMatchObject({ code: "timeout" });
  });

  it.each([
    ["no greeting", 15_000, async () => viewerOf().open("bafy-a")],
    [
      "no connection",
      15_000,
      async () => {
        const { playback, socket } = await opened();
        socket.offer("pc-1", "bafy-a");
        await settle();
        return playback;
      },
    ],
  ])("gives up after 15 s with %s", async (_, ms, begin) => {
    const playback = await begin();
    const errors: string[] = [];
    playback.on("error", ({ code }) => errors.push(code));
    vi.advanceTimersByTime(ms);
    await expect(playback.whenConnected()).rejects.toMatchObject({ code: "timeout" });
    expect(errors).toEqual(["timeout"]);
    expect(socketOf().closed).toBe(true);
  });

  it("stops at once when the signal fires, before and after the connection", async () => {
    const viewer = viewerOf();
    const early = new AbortController();
    const pending = viewer.play("bafy-a", { signal: early.signal });
    early.abort();
    await expect(pending).rejects.toMatchObject({ code: "aborted" });

    const late = new AbortController();
    const playback = viewer.open("bafy-b", { signal: late.signal });
    socketOf(1).welcome();
    await settle();
    socketOf(1).offer("pc-1", "bafy-b");
    await settle();
    peerOf().enter("connected");
    await playback.whenConnected();
    late.abort();
    expect(playback.state).toBe("closed");
    expect(peerOf().closed).toBe(true);
    expect(socketOf(1).sent.at(-1)).toEqual({ type: "close", pc_id: "pc-1" });
  });

  it("fails everything when the socket is lost", async () => {
    const { viewer, playback, socket } = await opened();
    const peer = await connect(playback);
    socket.fire("close", { code: 1012, reason: "restart" });
    expect(playback.state).toBe("failed");
    expect(peer.closed).toBe(true);
    await expect(playback.seek(1)).rejects.toMatchObject({ code: "invalid_state" });
    viewer.close();
  });

  it("tells a broken path from a lost one", async () => {
    const { playback } = await opened();
    const peer = await connect(playback);
    const states: string[] = [];
    playback.on("state", (state) => states.push(state));
    peer.enter("disconnected");
    peer.enter("connected");
    peer.enter("failed");
    expect(states).toEqual(["interrupted", "playing", "failed"]);
  });

  it("reports what the server refuses to say in a readable form", async () => {
    const { playback, socket } = await opened();
    socket.say({ type: "error", code: "from_the_future", message: "New trouble." });
    await expect(playback.whenConnected()).rejects.toMatchObject({
      code: "internal",
      message: "New trouble.",
    });
  });

  it("refuses an address that is no WebSocket", () => {
    expect(() => viewerOf({ url: "javascript:alert(1)" })).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});

describe("control", () => {
  it("seeks, pauses and resumes; the position follows the server and the clock", async () => {
    const { viewer, playback, socket } = await opened();
    await connect(playback);
    socket.say({
      type: "stats",
      pc_id: "pc-1",
      connection_stats: { position_seconds: 0, duration_seconds: 60 },
    });
    await settle();
    expect(playback.duration).toBe(60);

    const seeking = playback.seek(20);
    expect(socket.sent.at(-1)).toEqual({
      type: "control",
      pc_id: "pc-1",
      action: "seek",
      position_seconds: 20,
    });
    result(19.5);
    await seeking;
    vi.advanceTimersByTime(1500);
    expect(playback.position).toBeCloseTo(21);

    const pausing = playback.pause();
    result(21.2);
    await pausing;
    vi.advanceTimersByTime(1000);
    expect(playback.state).toBe("paused");
    expect(playback.position).toBeCloseTo(21.2);

    const resuming = playback.resume();
    result(21.2);
    await resuming;
    expect(playback.state).toBe("playing");
    vi.setSystemTime(Date.now() + 100_000);
    expect(playback.position).toBe(60);
    viewer.close();

    function result(position: number) {
      socket.say({
        type: "control_result",
        pc_id: "pc-1",
        position_seconds: position,
        success: true,
      });
    }
  });

  it("rejects what the server refuses and plays on", async () => {
    const { viewer, playback, socket } = await opened();
    await connect(playback);
    // The first question is the viewer's own, about the position.
    socket.say({ type: "stats", pc_id: "pc-1", connection_stats: {} });
    const seeking = playback.seek(5);
    socket.say({ type: "error", code: "invalid_request", message: "No.", pc_id: "pc-1" });
    await expect(seeking).rejects.toMatchObject({ code: "invalid_request", message: "No." });
    expect(playback.state).toBe("playing");

    const [late] = await Promise.allSettled([
      playback.seek(6),
      vi.advanceTimersByTimeAsync(10_000),
    ]);
    expect(late).toMatchObject({ reason: { code: "timeout" } });
    viewer.close();
  });

  const harmless = new Set<string>([
    "invalid_request",
    "invalid_state",
    "not_supported",
    "limit_exceeded",
    "aborted",
    "host_not_allowed",
    "origin_not_allowed",
    "method_not_allowed",
  ]);

  it.each(ERROR_CODES)("%s ends the playback only if nothing more can come", async (code) => {
    const { viewer, playback, socket } = await opened();
    await connect(playback);
    socket.say({ type: "stats", pc_id: "pc-1", connection_stats: {} });
    const errors: string[] = [];
    playback.on("error", (error) => errors.push(error.code));
    // Nobody waits for an answer: it is about one of many candidates, or about what is played.
    socket.say({ type: "error", code, message: "No.", pc_id: "pc-1" });
    socket.say({ type: "error", code, message: "No.", pc_id: "pc-1" });
    const goesOn = harmless.has(code);
    expect([playback.state, ...errors]).toEqual(goesOn ? ["playing"] : ["failed", code]);
    viewer.close();
  });

  it("plays on when the answer to a request cannot be read", async () => {
    const { viewer, playback, socket } = await opened();
    await connect(playback);
    const asking = playback.serverStats();
    // The first question is the viewer's own, about the position.
    for (let answer = 0; answer < 2; answer += 1) {
      socket.say({ type: "stats", pc_id: "pc-1", connection_stats: "of another version" });
    }
    await expect(asking).rejects.toMatchObject({ code: "not_supported" });
    expect(playback.state).toBe("playing");
    viewer.close();
  });

  it("sends nothing for a request that was cancelled before it began", async () => {
    const { playback, socket } = await opened();
    await connect(playback);
    const before = socket.sent.length;
    const signal = AbortSignal.abort();
    await expect(playback.seek(5, { signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(playback.serverStats({ signal })).rejects.toMatchObject({ code: "aborted" });
    expect(socket.sent).toHaveLength(before);
    // What was never asked is not refused either: a rejection nobody hears fails this test.
    socket.fire("close", { code: 1006, reason: "" });
    await settle();
    expect(playback.state).toBe("failed");
  });

  it("rejects nothing unheard when requests are cancelled and the connection is lost", async () => {
    const { playback, socket } = await opened();
    await connect(playback);
    const stop = new AbortController();
    const seeking = playback.seek(5, { signal: stop.signal });
    stop.abort();
    await expect(seeking).rejects.toMatchObject({ code: "aborted" });
    socket.fire("close", { code: 1006, reason: "" });
    await settle();
    expect(playback.state).toBe("failed");
  });

  it("fails in order with a platform that throws on close", async () => {
    const { playback, socket } = await opened();
    socket.offer("pc-1", "bafy-a");
    peerOf().refuseOffer = true;
    peerOf().close = () => {
      throw new Error("cannot close");
    };
    await expect(playback.whenConnected()).rejects.toMatchObject({ code: "negotiation_failed" });
    expect([playback.state, socket.closed]).toEqual(["failed", true]);
  });

  it("knows the end, and that seeking leaves it", async () => {
    const { viewer, playback, socket } = await opened();
    await connect(playback);
    let ended = 0;
    playback.on("ended", () => (ended += 1));
    const over = {
      type: "notification",
      notification_type: "webrtc_stream_ended",
      data: { pc_id: "pc-1" },
    };
    socket.say(over);
    socket.say(over);
    expect([playback.state, ended]).toEqual(["ended", 1]);
    const seeking = playback.seek(0);
    socket.say({ type: "control_result", pc_id: "pc-1", position_seconds: 0, success: true });
    await seeking;
    expect(playback.state).toBe("playing");
    socket.say(over);
    socket.say({ type: "closed", pc_id: "pc-1" });
    expect(playback.state).toBe("closed");
    viewer.close();
  });

  it("measures what arrives", async () => {
    const { viewer, playback } = await opened();
    const peer = await connect(playback);
    peer.reports.push(
      { type: "codec", id: "c1", mimeType: "video/VP8" },
      {
        type: "inbound-rtp",
        kind: "video",
        codecId: "c1",
        frameWidth: 640,
        frameHeight: 360,
        framesDecoded: 3,
        bytesReceived: 1000,
      },
    );
    const before = await playback.stats();
    expect(before).toEqual({
      video: { width: 640, height: 360, codec: "VP8", framesDecoded: 3 },
      bytesReceived: 1000,
      packetsLost: 0,
    });
    peer.reports.push({ type: "inbound-rtp", kind: "audio", bytesReceived: 500 });
    vi.setSystemTime(Date.now() + 2000);
    await expect(playback.stats()).resolves.toMatchObject({ bitsPerSecond: 2000, audio: {} });
    viewer.close();
  });
});
