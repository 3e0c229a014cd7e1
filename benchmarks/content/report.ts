import type { Measured } from "./measure.ts";
import { PAIRS } from "./pairs.ts";
import type { Round } from "./run-pair.ts";

const GIB = 2 ** 30;

/** A few lines for people: how much faster ours is, and what each needed. */
export function reportOn(pair: string, caseName: string, rounds: Round[] | undefined): string {
  const { ours, peer } = PAIRS[pair] ?? { ours: "ours", peer: "the peer" };
  if (rounds === undefined) return `${caseName}: ${ours} / ${peer}: skipped, no Kubo here\n`;
  // Of each round by itself: noise that lasts longer than a round meets both.
  const ratios = rounds.map((round) => round.peer.seconds / round.ours.seconds);
  const shown = ratios.map((ratio) => ratio.toFixed(2)).join(" ");
  const lines = [
    `${caseName}: ${ours} is ${median(ratios).toFixed(2)}x as fast as ${peer} (rounds ${shown})`,
    `  ${describe(
      ours,
      rounds.map((round) => round.ours),
    )}`,
    `  ${describe(
      peer,
      rounds.map((round) => round.peer),
    )}`,
  ];
  return `${lines.join("\n")}\n`;
}

function describe(name: string, runs: readonly Measured[]): string {
  const seconds = runs.map((one) => one.seconds);
  const cpu = median(runs.map((one) => (one.cpuSeconds * GIB) / one.bytes));
  const extra = runs.flatMap((one) => one.extraMib ?? []);
  const memory = extra.length > 0 ? `, +${median(extra).toFixed(0)} MiB` : "";
  const least = Math.min(...seconds).toFixed(2);
  const most = Math.max(...seconds).toFixed(2);
  return `${name.padEnd(9)} ${median(seconds).toFixed(2)} s (${least} to ${most}), ${cpu.toFixed(2)} CPU s/GiB${memory}`;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
