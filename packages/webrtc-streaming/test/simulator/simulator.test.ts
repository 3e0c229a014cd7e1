import { describe, expect, it } from "vitest";

import { NETWORKS, RECOVERY_SECONDS, RFC_8867 } from "./scenarios.ts";
import { simulate, type FlowResult, type Scenario } from "./simulate.ts";
import type { Mode } from "./streamer.ts";

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);
const FEW_SEEDS = [1, 2];

/** The only stream of a scenario. */
function one(scenario: Scenario, seed: number, mode: Mode = "adaptive"): FlowResult {
  const [result] = simulate(scenario, mode, seed);
  if (result === undefined) throw new Error("The scenario has no stream.");
  return result;
}

const topAfter = ({ topAfterSeconds = Infinity }: FlowResult) => topAfterSeconds;
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

/** 1 when all have the same, 1/n when one has it all (Jain). */
function fairness(flows: readonly FlowResult[]): number {
  const rates = flows.map(({ receivedKbps }) => receivedKbps);
  return sum(rates) ** 2 / (rates.length * sum(rates.map((rate) => rate ** 2)));
}

describe("a simulation", () => {
  it("gives the same for the same seed, and something else for another", () => {
    expect(one(NETWORKS.loss, 1)).toEqual(one(NETWORKS.loss, 1));
    expect(one(NETWORKS.loss, 1)).not.toEqual(one(NETWORKS.loss, 2));
  });
});

describe("a stream", () => {
  it.each([
    ["clean", NETWORKS.clean],
    ["losing 2 % at random", NETWORKS.loss],
    ["losing in bursts", NETWORKS.bursts],
  ])(
    "over a link that is %s is at the top within 6 s, and stays, without a freeze",
    (_, network) => {
      for (const seed of SEEDS) {
        const result = one(network, seed);
        expect(topAfter(result)).toBeLessThanOrEqual(6);
        expect(result.switches).toBeLessThanOrEqual(4);
        expect(result.freezes).toBe(0);
      }
    },
  );

  it("over a jittery link is at the top soon, without a freeze", () => {
    for (const seed of SEEDS) {
      const result = one(NETWORKS.jitter, seed);
      expect(topAfter(result)).toBeLessThanOrEqual(10);
      expect(result.switches).toBeLessThanOrEqual(4);
      expect(result.freezes).toBe(0);
    }
  });

  it("over 600 kbit/s plays without a freeze; a fixed one shows nothing worth the name", () => {
    for (const seed of SEEDS) expect(one(NETWORKS.narrow, seed).freezes).toBe(0);
    expect(one(NETWORKS.narrow, 1, "fixed").frozenSeconds).toBeGreaterThan(20);
  });

  it("over a link that goes from 4 to 0.7 Mbit/s and back is frozen for 3 s of 80 at most, and back at the top within 10 s", () => {
    for (const seed of SEEDS) {
      const result = one(NETWORKS.drop, seed);
      expect(result.frozenSeconds).toBeLessThanOrEqual(3);
      const back = result.rungs.find(
        ({ atSeconds, id }) => atSeconds >= RECOVERY_SECONDS && id === "source",
      );
      expect((back?.atSeconds ?? Infinity) - RECOVERY_SECONDS).toBeLessThanOrEqual(10);
      expect(result.rungs.some(({ id }) => id === "low" || id === "very_low")).toBe(true);
    }
    expect(one(NETWORKS.drop, 1, "fixed").frozenSeconds).toBeGreaterThan(25);
  });

  it("is not frozen long by a queue of seconds either", () => {
    for (const seed of SEEDS) expect(one(NETWORKS.bloated, seed).frozenSeconds).toBeLessThan(3);
  });

  it("of five rungs is at the top of those where the link takes it", () => {
    for (const seed of FEW_SEEDS) expect(topAfter(one(NETWORKS.wide, seed))).toBeLessThanOrEqual(6);
  });

  it("to a viewer with an estimate of its own only plays, on a low rung", () => {
    for (const seed of FEW_SEEDS) {
      const result = one(NETWORKS.clean, seed, "remb");
      expect(result.frozenSeconds).toBeLessThan(1);
      expect(result.receivedKbps).toBeGreaterThan(200);
    }
  });
});

describe("RFC 8867", () => {
  it("5.1: follows the capacity without freezing", () => {
    for (const seed of FEW_SEEDS) {
      const result = one(RFC_8867["5.1"], seed);
      expect(result.frozenSeconds).toBeLessThan(1);
      expect(result.rungs.some(({ id }) => id === "medium")).toBe(true);
    }
  });

  it("5.2 and 5.3: follows it with another beside it, and with its feedback in a full queue", () => {
    for (const seed of FEW_SEEDS) {
      for (const flow of simulate(RFC_8867["5.2"], "adaptive", seed)) {
        expect(flow.frozenSeconds).toBeLessThan(6);
      }
      for (const flow of simulate(RFC_8867["5.3"], "adaptive", seed)) {
        expect(flow.frozenSeconds).toBeLessThan(4);
      }
    }
  });

  it("5.4 and 5.5: shares with its like, whatever their round trip", () => {
    for (const seed of FEW_SEEDS) {
      const three = simulate(RFC_8867["5.4"], "adaptive", seed);
      expect(fairness(three)).toBeGreaterThan(0.8);
      for (const flow of three) expect(flow.frozenSeconds).toBeLessThan(6);
      const five = simulate(RFC_8867["5.5"], "adaptive", seed);
      expect(fairness(five)).toBeGreaterThan(0.85);
      expect(sum(five.map(({ frozenSeconds }) => frozenSeconds))).toBeLessThan(0.04 * 5 * 300);
    }
  });

  it("5.6 and 5.7: is not starved by downloads, though it does not win against them", () => {
    for (const seed of FEW_SEEDS) {
      const long = one(RFC_8867["5.6"], seed);
      expect(long.receivedKbps).toBeGreaterThan(230);
      expect(long.frozenSeconds).toBeLessThan(12);
      const short = one(RFC_8867["5.7"], seed);
      expect(short.receivedKbps).toBeGreaterThan(200);
      expect(short.frozenSeconds).toBeLessThan(one(RFC_8867["5.7"], seed, "fixed").frozenSeconds);
    }
  });

  it("5.8: takes what a pausing stream leaves, and gives it back", () => {
    for (const seed of FEW_SEEDS) {
      const flows = simulate(RFC_8867["5.8"], "adaptive", seed);
      expect(fairness(flows)).toBeGreaterThan(0.8);
      for (const flow of flows) expect(flow.frozenSeconds).toBeLessThan(6);
      const [paused] = flows;
      expect(paused?.rungs.some(({ atSeconds }) => atSeconds > 60)).toBe(true);
    }
  });
});
