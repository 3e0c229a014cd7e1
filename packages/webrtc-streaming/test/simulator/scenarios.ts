import { buildLadder } from "../../src/adaptive/ladder.ts";
import type { Scenario } from "./simulate.ts";

const M = 1_000_000;
const BURSTS = { kind: "bursts", begins: 0.004, ends: 0.12, lossInBurst: 0.6 } as const;

/** Networks people have, and the acceptance of the package. */
export const NETWORKS = {
  clean: { name: "clean, 5 Mbit/s", seconds: 40, forward: { rate: [[0, 5 * M]] } },
  loss: {
    name: "4 Mbit/s, 2 % random loss",
    seconds: 40,
    forward: { rate: [[0, 4 * M]], loss: { kind: "random", ratio: 0.02 } },
  },
  bursts: {
    name: "4 Mbit/s, losses in bursts (2 %)",
    seconds: 40,
    forward: { rate: [[0, 4 * M]], loss: BURSTS },
  },
  jitter: {
    name: "4 Mbit/s, 30 ms of jitter",
    seconds: 40,
    forward: { rate: [[0, 4 * M]], jitterMs: 30 },
  },
  narrow: { name: "600 kbit/s", seconds: 40, forward: { rate: [[0, 0.6 * M]], delayMs: 20 } },
  tiny: { name: "350 kbit/s", seconds: 40, forward: { rate: [[0, 0.35 * M]], delayMs: 20 } },
  drop: {
    name: "4 → 0.7 → 4 Mbit/s",
    seconds: 80,
    forward: {
      rate: [
        [0, 4 * M],
        [25, 0.7 * M],
        [55, 4 * M],
      ],
    },
  },
  bloated: {
    name: "4 → 0.7 → 4 Mbit/s, a queue of 150 kB",
    seconds: 80,
    forward: {
      rate: [
        [0, 4 * M],
        [25, 0.7 * M],
        [55, 4 * M],
      ],
      queueBytes: 150_000,
    },
  },
  wide: {
    name: "8 Mbit/s, source of 1080p",
    seconds: 40,
    forward: { rate: [[0, 8 * M]] },
    ladder: buildLadder({ bitsPerSecond: 4.5 * M, width: 1920, height: 1080, frameRate: 30 }),
  },
} satisfies Record<string, Scenario>;

/** When {@link NETWORKS.drop} recovers, in seconds. */
export const RECOVERY_SECONDS = 55;

/**
 * The cases of RFC 8867. Its media sources follow any rate; ours has four rungs, so that fairness is
 * seen in steps. Left out: 5.6's and 5.8's variants with other queues, and the optional cases of section 6 (priorities,
 * explicit congestion notification, several bottlenecks), which nothing here takes part in.
 */
export const RFC_8867 = {
  "5.1": {
    name: "5.1 one flow, 1 → 2.5 → 0.6 → 1 Mbit/s",
    seconds: 100,
    forward: {
      rate: [
        [0, M],
        [40, 2.5 * M],
        [60, 0.6 * M],
        [80, M],
      ],
    },
  },
  "5.2": {
    name: "5.2 two flows, 4 → 2 → 3.5 → 1 → 2 Mbit/s",
    seconds: 125,
    forward: {
      rate: [
        [0, 4 * M],
        [25, 2 * M],
        [50, 3.5 * M],
        [75, M],
        [100, 2 * M],
      ],
    },
    flows: [{}, {}],
  },
  "5.3": {
    name: "5.3 media both ways, both narrow at times",
    seconds: 100,
    forward: {
      rate: [
        [0, 2 * M],
        [20, M],
        [40, 0.5 * M],
        [60, 2 * M],
      ],
    },
    backward: {
      rate: [
        [0, 2 * M],
        [35, 0.8 * M],
        [70, 2 * M],
      ],
    },
    flows: [{}, { isBackward: true }],
  },
  "5.4": {
    name: "5.4 three flows one after another, 3.5 Mbit/s",
    seconds: 120,
    forward: { rate: [[0, 3.5 * M]] },
    flows: [{}, { startSeconds: 20 }, { startSeconds: 40 }],
  },
  "5.5": {
    name: "5.5 five flows of 10 to 150 ms, 4 Mbit/s",
    seconds: 300,
    forward: { rate: [[0, 4 * M]] },
    flows: [10, 25, 50, 100, 150].map((delayMs, index) => ({ delayMs, startSeconds: index * 10 })),
  },
  "5.6": {
    name: "5.6 against a long download, 2 Mbit/s",
    seconds: 120,
    forward: { rate: [[0, 2 * M]] },
    flows: [{}],
    tcp: { long: 1, fromSeconds: 5 },
  },
  "5.7": {
    name: "5.7 against ten short downloads, 2 Mbit/s",
    seconds: 300,
    forward: { rate: [[0, 2 * M]] },
    tcp: { short: 10, fromSeconds: 5 },
  },
  "5.8": {
    name: "5.8 three flows, one pauses, 3.5 Mbit/s",
    seconds: 120,
    forward: { rate: [[0, 3.5 * M]] },
    flows: [{ pause: { fromSeconds: 40, toSeconds: 60 } }, {}, {}],
  },
} satisfies Record<string, Scenario>;
