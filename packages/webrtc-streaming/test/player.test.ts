import { TaskScope } from "@ipfs-kit/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Player, type PlayerInit } from "../src/playback/player.ts";
import { Pacer } from "../src/sender/pacer.ts";
import { SessionClock } from "../src/sender/session-clock.ts";
import type { MediaPacket, TrackKind } from "../src/source/media-file.ts";

/** A track made of numbers: how many packets a second, how often a key frame. */
interface Track {
  kind: TrackKind;
  perSecond: number;
  keyEverySeconds: number;
  lengthSeconds: number;
  /** Before this packet the source waits until it is let go. */
  holdAt?: { seconds: number; until: Promise<void> };
}

interface Sent {
  kind: TrackKind;
  mediaSeconds: number;
  /** When it was handed over, and the time it carries, in milliseconds of the session. */
  at: number;
  presentAt: number;
}

const VIDEO: Track = { kind: "video", perSecond: 30, keyEverySeconds: 10, lengthSeconds: 60 };
const AUDIO: Track = { kind: "audio", perSecond: 50, keyEverySeconds: 0, lengthSeconds: 60 };

async function* packetsOf(track: Track, from: number): AsyncGenerator<MediaPacket> {
  const { perSecond, keyEverySeconds, lengthSeconds, holdAt } = track;
  const duration = 1 / perSecond;
  // As in a file: the last key frame, or the last packet, also for a position at the very end.
  const position = Math.min(from, lengthSeconds - duration);
  const first =
    keyEverySeconds > 0 ? Math.floor(position / keyEverySeconds) * keyEverySeconds : position;
  for (let index = Math.floor(first * perSecond); index < lengthSeconds * perSecond; index += 1) {
    const timestamp = index / perSecond;
    if (holdAt !== undefined && timestamp >= holdAt.seconds) await holdAt.until;
    const isKey = keyEverySeconds === 0 || index % (keyEverySeconds * perSecond) === 0;
    yield { data: new Uint8Array(100), timestamp, duration, keyFrame: isKey };
  }
}

/** A player over scripted tracks, and everything it sends and says. */
function playerOf(tracks: Track[], { stated = 60, start = 0 } = {}) {
  const clock = new SessionClock();
  const sent: Sent[] = [];
  const events: string[] = [];
  const scope = new TaskScope({ name: "player", onFailure: "isolate" });
  const init: PlayerInit = {
    clock,
    scope,
    pacer: new Pacer(),
    file: {
      durationSeconds: stated,
      trackCount: tracks.length,
      packets: (kind, from) => {
        const track = tracks.find((candidate) => candidate.kind === kind);
        if (track === undefined) throw new Error(`There is no ${kind}.`);
        return packetsOf(track, from);
      },
    },
    senders: tracks.map(({ kind }) => ({
      format: { kind, name: kind, clockRate: 90_000, createPacketizer: () => () => [] },
      sendFrame: ({ timestamp }, presentAt) =>
        void sent.push({ kind, mediaSeconds: timestamp, at: clock.now(), presentAt }),
    })),
    onFirstFrame: () => events.push("first frame"),
    onEnded: () => events.push("ended"),
    onError: (error) => events.push(`error: ${String(error)}`),
  };
  return { player: new Player(init, start), sent, events, scope, clock };
}

/** How far the time a packet carries lies from its media time. */
const offset = ({ presentAt, mediaSeconds }: Sent) => presentAt - mediaSeconds * 1_000;

const run = async (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

describe("playing", () => {
  it("sends each packet when it is due, all tracks in step", async () => {
    const { player, sent, events, scope } = playerOf([VIDEO, AUDIO]);
    player.play();
    await run(2_000);
    expect(sent.filter(({ kind }) => kind === "video").length).toBeCloseTo(61, -1);
    expect(sent.filter(({ kind }) => kind === "audio").length).toBeCloseTo(101, -1);
    for (const { at, presentAt, mediaSeconds } of sent) {
      expect(Math.abs(at - mediaSeconds * 1_000)).toBeLessThan(30);
      expect(Math.abs(presentAt - mediaSeconds * 1_000)).toBeLessThan(30);
    }
    expect(player.positionSeconds).toBeCloseTo(2, 1);
    expect(events).toEqual(["first frame"]);
    player.stop();
    await scope.stop();
  });

  it("ends at the end of the last frame, however slow the video is", async () => {
    const slow = { ...VIDEO, perSecond: 1 / 3, keyEverySeconds: 3, lengthSeconds: 6 };
    const { player, events } = playerOf([slow], { stated: 6 });
    player.play();
    await run(5_900);
    expect(events).toEqual(["first frame"]);
    await run(200);
    expect(events).toEqual(["first frame", "ended"]);
    expect(player.positionSeconds).toBe(6);
  });

  it("says so when the file breaks off", async () => {
    const { player, events } = playerOf([{ ...VIDEO, lengthSeconds: 2 }]);
    player.play();
    await run(2_500);
    expect(events[1]).toContain("cut short: it ends at 2.0 s of 60.0 s");
  });

  it("starts over after the end", async () => {
    const { player, sent, events } = playerOf([{ ...VIDEO, lengthSeconds: 1 }], { stated: 1 });
    player.play();
    await run(1_500);
    expect(events).toContain("ended");
    sent.length = 0;
    player.play();
    await run(100);
    expect(sent[0]?.mediaSeconds).toBe(0);
    player.stop();
  });
});

describe("seeking", () => {
  it("shows the asked second at once, and what leads to it never", async () => {
    const { player, sent, scope } = playerOf([VIDEO, AUDIO]);
    player.play();
    await run(1_000);
    sent.length = 0;
    const asked = sent.length;
    player.seek(38.5);
    expect(player.positionSeconds).toBe(38.5);
    await run(100);
    const video = sent.slice(asked).filter(({ kind }) => kind === "video");
    const first = (kind: TrackKind) => sent.find((packet) => packet.kind === kind);
    expect(first("video")?.mediaSeconds).toBe(30);
    const preroll = video.filter(({ mediaSeconds }) => mediaSeconds < 38.5);
    expect(preroll.length).toBe(255);
    // Each has a time of its own, and all of them together take less than a blink.
    const times = video.map(({ presentAt }) => presentAt);
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(true);
    expect((preroll.at(-1)?.presentAt ?? Infinity) - (preroll[0]?.presentAt ?? 0)).toBeLessThan(60);
    expect(first("audio")?.mediaSeconds).toBe(38.5);
    player.stop();
    await scope.stop();
  });

  it("to beyond the end ends", async () => {
    const { player, events } = playerOf([VIDEO]);
    player.play();
    await run(100);
    player.seek(1e6);
    await run(500);
    expect(events).toEqual(["first frame", "ended"]);
    expect(player.positionSeconds).toBe(60);
  });
});

describe("a pause", () => {
  it("keeps the position and sends nothing", async () => {
    const { player, sent, scope } = playerOf([VIDEO, AUDIO], { start: 20 });
    player.play();
    await run(500);
    player.pause();
    const position = player.positionSeconds;
    sent.length = 0;
    await run(5_000);
    expect(sent).toEqual([]);
    expect(player.positionSeconds).toBe(position);
    player.play();
    await run(1_000);
    expect(player.positionSeconds).toBeCloseTo(position + 1, 1);
    player.stop();
    await scope.stop();
  });
});

describe("a stalled read", () => {
  it("holds the position, and is not followed by a flood", async () => {
    const { promise: until, resolve: letGo } = Promise.withResolvers<void>();
    const held = (track: Track) => ({ ...track, holdAt: { seconds: 3, until } });
    const { player, sent, scope } = playerOf([held(VIDEO), held(AUDIO)]);
    player.play();
    await run(8_000);
    expect(player.positionSeconds).toBeLessThanOrEqual(3.05);
    sent.length = 0;
    letGo();
    await run(50);
    expect(sent.filter(({ kind }) => kind === "audio").length).toBeLessThan(10);
    await run(1_000);
    expect(player.positionSeconds).toBeCloseTo(4, 0);
    // Picture and sound are still in step.
    const last = (kind: TrackKind) => sent.findLast((packet) => packet.kind === kind);
    const [video, audio] = [last("video"), last("audio")];
    expect(video && audio && Math.abs(offset(video) - offset(audio))).toBeLessThan(1);
    player.stop();
    await scope.stop();
  });
});

describe("requests for a key frame", () => {
  it("are answered from the key frame before, less and less often", async () => {
    const { player, sent, scope } = playerOf([VIDEO]);
    player.play();
    await run(2_500);
    const answers: number[] = [];
    for (let index = 0; index < 80; index += 1) {
      sent.length = 0;
      player.refreshVideo();
      await run(100);
      if (sent[0]?.mediaSeconds === 0) answers.push(index / 10);
    }
    expect(answers[0]).toBe(0);
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.length).toBeLessThanOrEqual(4);
    expect(player.positionSeconds).toBeCloseTo(10.5, 0);
    player.stop();
    await scope.stop();
  });
});
