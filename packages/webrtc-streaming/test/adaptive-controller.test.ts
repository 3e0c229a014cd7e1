import { describe, expect, it } from "vitest";

import {
  AdaptiveBitrateController,
  buildLadder,
  type AdaptiveDecision,
  type AdaptiveInput,
  type Quality,
} from "../src/index.ts";
import {
  HEADROOM_MS,
  HOLD_AFTER_DOWN_MS,
  HOLD_MS,
  MOST_DECISIONS,
} from "../src/adaptive/defaults.ts";
import { quickestEntry } from "../src/adaptive/entry.ts";
import { randomFrom } from "./simulator/random.ts";

const M = 1_000_000;
const SOURCE = { bitsPerSecond: 2.5 * M, width: 1280, height: 720, frameRate: 30 };
const CALM: AdaptiveInput = {
  estimate: 5 * M,
  lossRatio: 0,
  queueDelayMs: 0,
  pacerDelayMs: 0,
  gop: { elapsedSeconds: 0.5, lengthSeconds: 1 },
};
const STEP_MS = 100;

/** How to get from 2.65 to 0.265 Mbit/s, some way into a group of a second. */
const entry = (elapsedSeconds: number, input: Partial<AdaptiveInput> = {}) =>
  quickestEntry(
    { ...CALM, estimate: 0.6 * M, ...input, gop: { elapsedSeconds, lengthSeconds: 1 } },
    { from: 2.65 * M, to: 0.265 * M },
  );

/** A controller, and a hand that feeds it ten times a second. */
function controllerOf(quality: Quality = "auto", init: { startBitsPerSecond?: number } = {}) {
  const controller = new AdaptiveBitrateController({
    ladder: buildLadder(SOURCE),
    quality,
    now: 0,
    ...init,
  });
  let now = 0;
  const feed = (seconds: number, input: Partial<AdaptiveInput> = {}): AdaptiveDecision[] => {
    const decisions: AdaptiveDecision[] = [];
    for (const end = now + seconds * 1_000; now < end;) {
      now += STEP_MS;
      const decision = controller.update({ ...CALM, ...input }, now);
      if (decision !== undefined) decisions.push(decision);
    }
    return decisions;
  };
  return { controller, feed, now: () => now };
}

const goesUp = ({ from, to }: AdaptiveDecision) => to.bitsPerSecond > (from?.bitsPerSecond ?? 0);

const told = (decisions: readonly AdaptiveDecision[]) =>
  decisions.map(({ to, reason }) => `${to.id} ${reason}`);

describe("the first rung", () => {
  it("is what the assumed rate carries, and says why", () => {
    const { controller } = controllerOf();
    expect(controller.rung.id).toBe("low");
    expect(controller.decisions).toEqual([
      expect.objectContaining({ at: 0, to: controller.rung, reason: "start" }),
    ]);
    expect(controllerOf("auto", { startBitsPerSecond: 1 }).controller.rung.id).toBe("very_low");
  });
});

describe("with room to spare", () => {
  it("goes up, to the highest rung that fits, once the room has lasted a moment", () => {
    const { feed } = controllerOf();
    const decisions = feed(20);
    expect(told(decisions)).toEqual(["source headroom"]);
    expect(decisions[0]).toMatchObject({ at: 400, entry: "next_key_frame", inputs: CALM });
    expect(decisions[0]?.words).toContain("5000 kbit/s");
  });

  it("leaves a margin", () => {
    const { controller, feed } = controllerOf();
    expect(feed(20, { estimate: 1.1 * M })).toEqual([]);
    expect(told(feed(5, { estimate: 1.2 * M }))).toEqual(["medium headroom"]);
    expect(controller.needBitsPerSecond).toBe(1_060_000);
  });

  it.each([
    ["packets queue in the network", { queueDelayMs: 150 }],
    ["video waits to be sent", { pacerDelayMs: 300 }],
    ["much is lost", { lossRatio: 0.12 }],
    ["the content is read slowly", { bufferSeconds: 0.1 }],
    ["the viewer does badly", { health: 20 }],
  ])("stays while %s", (_, trouble) => {
    const { controller, feed } = controllerOf("auto", { startBitsPerSecond: 1 });
    feed(20, trouble);
    expect(controller.rung.id).toBe("very_low");
    feed(1);
    expect(controller.rung.id).toBe("source");
  });
});

describe("when the network", () => {
  it("drops hard, goes down at once, to what fits with a margin", () => {
    const { feed } = controllerOf();
    feed(12);
    const decisions = feed(0.1, { estimate: 0.6 * M, queueDelayMs: 250 });
    expect(told(decisions)).toEqual(["very_low congestion"]);
    expect(decisions[0]?.entry).not.toBe("next_key_frame");
  });

  it("seems to drop while nothing queues and nothing is lost, waits", () => {
    const { feed } = controllerOf();
    feed(10);
    expect(feed(1, { estimate: 0.6 * M })).toEqual([]);
    expect(told(feed(1, { estimate: 0.6 * M }))).toEqual(["low shortfall"]);
  });

  it("takes a bit less than needed, stays; the pacer covers that", () => {
    const { feed } = controllerOf();
    feed(10);
    expect(feed(30, { estimate: 2.5 * M })).toEqual([]);
  });

  it("lets video pile up, goes down, and then waits for that to show", () => {
    const { feed } = controllerOf();
    feed(10);
    const decisions = feed(1.4, { estimate: 2.5 * M, pacerDelayMs: 500 });
    expect(told(decisions)).toEqual(["medium backlog"]);
  });

  it("could not carry a rung just climbed to, goes back, and waits longer each time to try again", () => {
    const { controller, feed, now } = controllerOf("auto", { startBitsPerSecond: 1.2 * M });
    const climbs: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      while (controller.rung.id !== "source") feed(STEP_MS / 1_000);
      climbs.push(now());
      expect(feed(0.1, { estimate: 0.9 * M, queueDelayMs: 200 })[0]?.to.id).toBe("medium");
    }
    const waits = climbs.slice(1).map((at, index) => at - (climbs[index] ?? 0));
    const noticed = HEADROOM_MS + STEP_MS;
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000].map((wait) => wait + noticed));
  });
});

describe("when the viewer or the content cannot keep up", () => {
  it("goes down a rung at a time", () => {
    const slow = controllerOf();
    slow.feed(10);
    expect(told(slow.feed(1.5, { bufferSeconds: 0.1 }))).toEqual(["medium slow_source"]);
    const poor = controllerOf();
    poor.feed(10);
    expect(told(poor.feed(3.5, { health: 10 }))).toEqual(["medium poor_health"]);
  });
});

describe("a quality that was asked for", () => {
  it("is kept, whatever the network does", () => {
    const { controller, feed } = controllerOf(75);
    expect(controller).toMatchObject({ mode: "fixed", rung: { id: "source" } });
    expect(feed(20, { estimate: 0.1 * M, lossRatio: 0.5, queueDelayMs: 300 })).toEqual([]);
  });

  it("is taken at once, and let go of again", () => {
    const { controller, feed, now } = controllerOf();
    feed(5);
    expect(controller.setQuality("very_low", now())).toMatchObject({
      from: { id: "source" },
      to: { id: "very_low" },
      reason: "asked",
    });
    expect(controller.wantedBitsPerSecond).toBeLessThan(400_000);
    expect(feed(10)).toEqual([]);
    expect(controller.setQuality("auto", now())).toBeUndefined();
    expect(told(feed(10))).toEqual(["source headroom"]);
    expect(() => controller.setQuality(101, now())).toThrow(RangeError);
    expect(controller.quality).toBe("auto");
  });
});

describe("a ladder that changes", () => {
  it("keeps the rung where it is still there, else the nearest below", () => {
    const { controller, feed, now } = controllerOf();
    feed(5);
    const [lowest, low, medium, source] = buildLadder(SOURCE);
    if (low === undefined || medium === undefined || source === undefined)
      throw new Error("four rungs");
    expect(controller.setLadder([lowest, source], now())).toBeUndefined();
    expect(controller.rung.id).toBe("source");
    expect(controller.setLadder([lowest, medium], now())).toMatchObject({
      to: { id: "medium" },
      reason: "ladder_changed",
    });
  });
});

describe("the way to a lower rung", () => {
  it("is into the current group early in it, and to the next one late", () => {
    expect([0.05, 0.3, 0.5, 0.7, 0.95].map((elapsed) => entry(elapsed)).join(" ")).toBe(
      "current_gop current_gop current_gop skip_to_next skip_to_next",
    );
  });

  it("is to go on until the next key frame when that delays least", () => {
    expect(entry(0.9, { estimate: 2 * M })).toBe("next_key_frame");
    const { gop, ...unaligned } = CALM;
    expect(gop).toBeDefined();
    expect(quickestEntry(unaligned, { from: 1, to: 1 })).toBe("next_key_frame");
  });
});

describe("whatever is measured", () => {
  it("the rung is never changed up faster than the hold, and what is kept is bounded", () => {
    const random = randomFrom(7);
    const { controller } = controllerOf();
    let last: AdaptiveDecision | undefined;
    /** Between a way up and the change before it, beyond the hold. */
    const waits: number[] = [];
    let input: AdaptiveInput = CALM;
    for (let now = 0; now < 4_000_000; now += 50) {
      // Times of trouble and of calm, some long, some short.
      if (random() < 0.02) {
        const trouble = random() < 0.5 ? random() : 0;
        input = {
          estimate: 10 ** (5 + random() * 2),
          lossRatio: trouble * random() ** 3,
          queueDelayMs: trouble * random() * 400,
          pacerDelayMs: trouble * random() * 2_000,
          ...(random() < 0.3 && { bufferSeconds: random() * 3 }),
          ...(random() < 0.3 && { health: random() * 100 }),
          gop: { elapsedSeconds: random(), lengthSeconds: 1 },
        };
      }
      const decision = controller.update(input, now);
      if (decision === undefined) continue;
      expect(controller.rung).toBe(decision.to);
      if (last !== undefined && goesUp(decision)) {
        waits.push(decision.at - last.at - (goesUp(last) ? HOLD_MS : HOLD_AFTER_DOWN_MS));
      }
      last = decision;
    }
    expect(waits.length).toBeGreaterThan(20);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(controller.decisions).toHaveLength(MOST_DECISIONS);
    expect(controller.decisions.at(-1)).toBe(last);
  });
});
