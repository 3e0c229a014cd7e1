import { describe, expect, it } from "vitest";

import { BURST_MS, REPEAT_QUEUE_BYTES, VIDEO_QUEUE_BYTES } from "../src/congestion/defaults.ts";
import { PacingQueue, type TransportPacket } from "../src/congestion/pacing-queue.ts";
import { TransportController } from "../src/congestion/transport-controller.ts";
import { writeTransportFeedback } from "./simulator/feedback-writer.ts";
import { writeRemb } from "./simulator/remb-source.ts";

const BYTES = 1_000;

interface Sent {
  at: number;
  kind: TransportPacket["kind"] | "padding" | "sound";
  sequence: number;
}

/** A transport, all it sends, and a clock that is moved by hand. */
function transportOf(init: { feedback?: "transport" | "remb"; hasPadding?: boolean } = {}) {
  const sent: Sent[] = [];
  let now = 0;
  let sequence = 0;
  const put = (kind: Sent["kind"]) => {
    sent.push({ at: now, kind, sequence });
    transport.onSent(sequence, BYTES, now);
    sequence += 1;
  };
  const packetOf = (kind: TransportPacket["kind"], name: Sent["kind"] = kind): TransportPacket => ({
    kind,
    bytes: BYTES,
    send: () => put(name),
  });
  const transport = new TransportController({
    createPadding: () => (init.hasPadding === false ? undefined : packetOf("repeat", "padding")),
    startBitsPerSecond: 1_000_000,
    ...(init.feedback && { feedback: init.feedback }),
  });
  /** Calls when it asked to be called, on whole milliseconds. */
  const runUntil = (end: number) => {
    for (;;) {
      const next = transport.poll(now);
      if (next === undefined || next > end) break;
      now = Math.max(now + 1, Math.ceil(next));
    }
    now = end;
  };
  const push = (kind: TransportPacket["kind"], count: number) => {
    for (let index = 0; index < count; index += 1) transport.enqueue(packetOf(kind), now);
  };
  return { transport, sent, runUntil, push, put, now: () => now };
}

/** A packet nobody looks at. */
const idlePacket = (kind: TransportPacket["kind"], bytes = BYTES): TransportPacket => ({
  kind,
  bytes,
  send: () => {},
});

describe("what leaves through a transport", () => {
  it("is spread over time, at most five milliseconds' worth at once", () => {
    const { transport, sent, runUntil, push } = transportOf();
    transport.setRates({ media: 800_000, wanted: 0, least: 0 });
    runUntil(5_000);
    push("video", 30);
    runUntil(5_600);
    expect(sent).toHaveLength(30);
    const first = sent[0]?.at ?? 0;
    // 30 kB, with a megabit a second at most.
    expect((sent.at(-1)?.at ?? 0) - first).toBeGreaterThan(200);
    const most = Math.ceil(((1_000_000 / 8_000) * BURST_MS) / BYTES) + 1;
    for (const { at } of sent) {
      const together = sent.filter((other) => other.at >= at && other.at < at + BURST_MS);
      expect(together.length).toBeLessThanOrEqual(most);
    }
  });

  it("is slower for what goes past the queue", () => {
    const { transport, sent, runUntil, push, put } = transportOf();
    transport.setRates({ media: 800_000, wanted: 0, least: 0 });
    push("video", 5);
    runUntil(100);
    const alone = sent.at(-1)?.at ?? 0;
    for (let index = 0; index < 5; index += 1) put("sound");
    push("video", 5);
    runUntil(300);
    // Twice as many bytes take twice as long.
    expect((sent.at(-1)?.at ?? 0) - 100).toBeGreaterThan(1.5 * alone);
  });

  it("is paced, and probes nothing, where packets have no numbers of the transport's", () => {
    const transport = new TransportController({
      createPadding: () => idlePacket("repeat"),
      feedback: "remb",
      startBitsPerSecond: 1_000_000,
    });
    transport.setRates({ media: 800_000, wanted: 5_000_000, least: 0 });
    for (let index = 0; index < 10; index += 1) transport.enqueue(idlePacket("video"), 0);
    // 10 kB at 920 kbit/s take 80 ms or so.
    const next = Array.from({ length: 120 }, (_, now) => transport.poll(now));
    expect(next.slice(0, 70)).not.toContain(undefined);
    expect(next.at(-1)).toBeUndefined();
  });

  it("is a repeat first", () => {
    const { transport, sent, runUntil, push } = transportOf();
    transport.setRates({ media: 800_000, wanted: 0, least: 0 });
    push("video", 5);
    push("repeat", 2);
    runUntil(300);
    expect(sent.map(({ kind }) => kind).slice(0, 2)).toEqual(["repeat", "repeat"]);
  });

  it("is sent as fast as the lowest rung needs, whatever the estimate", () => {
    const { transport, sent, runUntil, push } = transportOf();
    transport.setRates({ media: 2_000_000, wanted: 0, least: 2_000_000 });
    push("video", 50);
    runUntil(220);
    expect(sent).toHaveLength(50);
  });

  it("asks for no timer when there is nothing to do", () => {
    const { transport } = transportOf();
    expect(transport.poll(0)).toBeUndefined();
  });

  it("goes on being looked after until its feedback has come", () => {
    const { transport, sent, runUntil, push, now } = transportOf();
    transport.setRates({ media: 800_000, wanted: 0, least: 0 });
    push("video", 2);
    runUntil(30);
    expect(transport.poll(now())).toBeGreaterThan(now());
    const entries = sent.map(({ sequence, at }) => ({ sequence, arrivalTicks: (at + 10) * 4 }));
    expect(transport.onTransportFeedback(writeTransportFeedback(entries, 0), now())).toBe(true);
    expect(transport.poll(now())).toBeUndefined();
  });
});

describe("a probe", () => {
  it("goes out at three times the estimate at the start, filled with padding", () => {
    const { transport, sent, runUntil, push } = transportOf();
    transport.setRates({ media: 800_000, wanted: 5_000_000, least: 0 });
    push("video", 1);
    runUntil(40);
    const padding = sent.filter(({ kind }) => kind === "padding");
    expect(padding.length).toBeGreaterThanOrEqual(5);
    // 25 ms of 3 Mbit/s, not more.
    expect(sent.length * BYTES).toBeLessThanOrEqual(11_000);
  });

  it("raises the estimate when it comes through", () => {
    const { transport, sent, runUntil, push, now } = transportOf();
    transport.setRates({ media: 800_000, wanted: 5_000_000, least: 0 });
    push("video", 1);
    runUntil(60);
    const entries = sent.map(({ sequence, at }) => ({ sequence, arrivalTicks: (at + 20) * 4 }));
    transport.onTransportFeedback(writeTransportFeedback(entries, 0), now());
    expect(transport.estimate).toBeGreaterThan(2_400_000);
    expect(transport.estimate).toBeLessThan(3_600_000);
  });

  it("waits longer each time when its packets do not arrive, and not for ever", () => {
    const { transport, sent, runUntil, push, now } = transportOf();
    transport.setRates({ media: 800_000, wanted: 5_000_000, least: 0 });
    const starts: number[] = [];
    let told = 0;
    for (let step = 0; step < 600; step += 1) {
      push("video", 2);
      runUntil((step + 1) * 50);
      const fresh = sent.slice(told);
      told = sent.length;
      const first = fresh.find(({ kind }) => kind === "padding");
      if (first !== undefined) starts.push(first.at);
      const entries = fresh.map(({ sequence, at, kind }) => ({
        sequence,
        arrivalTicks: kind === "padding" ? undefined : (at + 20) * 4,
      }));
      transport.onTransportFeedback(writeTransportFeedback(entries, step), now());
    }
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(3);
    expect(gaps[0]).toBeGreaterThanOrEqual(1_000);
    expect(gaps.toSorted((a, b) => a - b).at(-1)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6_500);
  });

  it("does not take place without something to fill it, or without use for it", () => {
    const none = transportOf({ hasPadding: false });
    none.transport.setRates({ media: 800_000, wanted: 5_000_000, least: 0 });
    none.push("video", 1);
    none.runUntil(2_000);
    expect(none.sent).toHaveLength(1);
    const useless = transportOf();
    useless.transport.setRates({ media: 800_000, wanted: 900_000, least: 0 });
    useless.push("video", 1);
    useless.runUntil(500);
    expect(useless.sent).toHaveLength(1);
  });
});

describe("a far end with an estimate of its own only", () => {
  it("is believed, within the limits, less what it says is lost", () => {
    const { transport, now } = transportOf({ feedback: "remb" });
    expect(transport.onApplicationFeedback(writeRemb(1_500_000))).toBe(true);
    expect(transport.estimate).toBeCloseTo(1_500_000, -2);
    transport.onReceiverReport({ lossRatio: 0.4, rttMs: 50 }, now());
    expect(transport.estimate).toBeLessThan(1_300_000);
    transport.onApplicationFeedback(writeRemb(1));
    expect(transport.estimate).toBe(50_000);
  });

  it("is not listened to where there is better feedback", () => {
    const { transport } = transportOf();
    expect(transport.onApplicationFeedback(writeRemb(100_000))).toBe(false);
    expect(transport.estimate).toBe(1_000_000);
  });
});

describe("what waits", () => {
  it("holds the producer of video back when it is much", () => {
    const queue = new PacingQueue();
    let count = 0;
    for (; queue.hasRoom; count += 1) queue.push(idlePacket("video"), 0);
    expect(count).toBe(Math.ceil(VIDEO_QUEUE_BYTES / BYTES));
    queue.clear();
    expect(queue).toMatchObject({ hasRoom: true, isEmpty: true, bytes: 0 });
  });

  it("loses the oldest repeats when they are many", () => {
    const queue = new PacingQueue();
    const packets = Array.from({ length: 300 }, () => idlePacket("repeat"));
    for (const packet of packets) queue.push(packet, 0);
    expect(queue.bytes).toBeLessThanOrEqual(REPEAT_QUEUE_BYTES);
    const kept = Math.floor(REPEAT_QUEUE_BYTES / BYTES);
    expect(queue.take()).toBe(packets[300 - kept]);
  });

  it("is told when it will not be sent", () => {
    const queue = new PacingQueue();
    let dropped = 0;
    const packetOf = (kind: TransportPacket["kind"]): TransportPacket => ({
      ...idlePacket(kind),
      dropped: () => (dropped += 1),
    });
    for (let index = 0; index < 200; index += 1) queue.push(packetOf("repeat"), 0);
    expect(dropped).toBe(200 - Math.floor(REPEAT_QUEUE_BYTES / BYTES));
    queue.push(packetOf("video"), 0);
    queue.take();
    queue.clear();
    expect(dropped).toBe(200);
  });

  it("comes out in order, and tells how long its oldest has waited", () => {
    const queue = new PacingQueue();
    const packets = Array.from({ length: 500 }, () => idlePacket("video"));
    for (const [index, packet] of packets.entries()) queue.push(packet, index);
    expect(queue.delayMs(1_000)).toBe(1_000);
    expect(packets.map(() => queue.take())).toEqual(packets);
    expect(queue.delayMs(1_000)).toBe(0);
  });
});
