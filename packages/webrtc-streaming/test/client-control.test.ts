import { ERROR_CODES } from "@ipfs-kit/core";
import { describe, expect, it, vi } from "vitest";

import { settle } from "./client-fakes.ts";
import { connect, opened, peerOf, useClientStage } from "./client-stage.ts";

useClientStage();

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
