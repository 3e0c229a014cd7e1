import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PACING_QUEUE_BYTES } from "../src/defaults.ts";
import { Pacer } from "../src/sender/pacer.ts";

const BITS_PER_SECOND = 8_000_000; // a byte per microsecond

/** Queues packets of 1 kB; notes when each leaves. */
function fill(pacer: Pacer, count: number, sent: number[]): void {
  for (let index = 0; index < count; index += 1) {
    pacer.push([{ kind: "video", bytes: 1_000, send: () => sent.push(performance.now()) }]);
  }
}

describe("the pacer", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => vi.useRealTimers());

  it("spreads a burst over the time its rate allows, in order", async () => {
    const pacer = new Pacer({ bitsPerSecond: BITS_PER_SECOND });
    const sent: number[] = [];
    const startedAt = performance.now();
    fill(pacer, 100, sent);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toHaveLength(100);
    // 100 kB at 1 kB per millisecond, less the first burst of at most 5 ms.
    const took = (sent.at(-1) ?? 0) - startedAt;
    expect(took).toBeGreaterThanOrEqual(90);
    expect(took).toBeLessThanOrEqual(105);
    pacer.close();
  });

  it("never lets more than five milliseconds' worth leave at once", async () => {
    const pacer = new Pacer({ bitsPerSecond: BITS_PER_SECOND });
    const sent: number[] = [];
    await vi.advanceTimersByTimeAsync(10_000); // idle time is not saved up
    fill(pacer, 50, sent);
    await vi.advanceTimersByTimeAsync(500);
    const atOnce = new Map<number, number>();
    for (const time of sent) atOnce.set(time, (atOnce.get(time) ?? 0) + 1);
    expect(Math.max(...atOnce.values())).toBeLessThanOrEqual(6);
    pacer.close();
  });

  it("holds the producer back while it is full", async () => {
    const pacer = new Pacer({ bitsPerSecond: BITS_PER_SECOND });
    fill(pacer, PACING_QUEUE_BYTES / 1_000 + 100, []);
    let ready = false;
    const waiting = pacer.ready().then(() => (ready = true));
    await vi.advanceTimersByTimeAsync(50);
    expect(ready).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await waiting;
    expect(ready).toBe(true);
    pacer.close();
  });

  it("changes its pace at once, and refuses one that is none", async () => {
    const pacer = new Pacer({ bitsPerSecond: BITS_PER_SECOND / 100 });
    const sent: number[] = [];
    fill(pacer, 100, sent);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.length).toBeLessThanOrEqual(12);
    const faster = performance.now();
    pacer.bitsPerSecond = BITS_PER_SECOND;
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toHaveLength(100);
    // 88 kB at 1 kB per millisecond, after what the slow pace was still owed: 100 ms at most.
    expect((sent.at(-1) ?? 0) - faster).toBeLessThanOrEqual(100);
    expect(pacer.bitsPerSecond).toBeCloseTo(BITS_PER_SECOND);
    for (const rate of [0, -1, Number.NaN]) {
      expect(() => (pacer.bitsPerSecond = rate)).toThrow(RangeError);
    }
    pacer.close();
  });

  it("makes room for what was sent past it", async () => {
    const pacer = new Pacer({ bitsPerSecond: BITS_PER_SECOND });
    const sent: number[] = [];
    const startedAt = performance.now();
    pacer.account(50_000);
    fill(pacer, 10, sent);
    await vi.advanceTimersByTimeAsync(500);
    expect((sent[0] ?? 0) - startedAt).toBeGreaterThanOrEqual(45);
    expect(pacer.totalDelayMs).toBeGreaterThanOrEqual(450);
    pacer.close();
  });

  it("lets go of waiting producers and packets when it is closed", async () => {
    const pacer = new Pacer({ bitsPerSecond: BITS_PER_SECOND });
    const sent: number[] = [];
    fill(pacer, 2_000, sent);
    const waiting = pacer.ready();
    pacer.close();
    await waiting;
    const left = sent.length;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toHaveLength(left);
    expect(vi.getTimerCount()).toBe(0);
  });
});
