import { describe, expect, it, vi } from "vitest";

import { FakePeer, FakeSocket, settle } from "./client-fakes.ts";
import { connect, opened, peerOf, socketOf, viewerOf, useClientStage } from "./client-stage.ts";

useClientStage();

/** The server says how far a conversion has got. */
function prepare(cid: string, percent: number): void {
  socketOf().say({
    type: "notification",
    notification_type: "webrtc_preparing",
    data: { cid, percent, detail: "mpeg4 → h264" },
  });
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
