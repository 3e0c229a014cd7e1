/*
 * Prints what becomes of a stream in each scenario, ours beside two others, as a Markdown table.
 * Usage: node --conditions=@ipfs-kit/source print-table.ts [seeds]
 */
import { NETWORKS, RECOVERY_SECONDS, RFC_8867 } from "./scenarios.ts";
import { simulate, type FlowResult, type Scenario } from "./simulate.ts";
import type { Mode } from "./streamer.ts";

const DEFAULT_SEEDS = 10;
const MODES: readonly Mode[] = ["adaptive", "remb", "fixed"];

const seeds = Number(process.argv[2] ?? DEFAULT_SEEDS);
if (!Number.isInteger(seeds) || seeds < 1)
  throw new RangeError("The number of seeds is a whole one.");
const scenarios: Scenario[] = [...Object.values(NETWORKS), ...Object.values(RFC_8867)];
process.stdout.write(`${seeds} seeds each; frozen: mean (worst) seconds of each stream\n\n`);
process.stdout.write(
  "| scenario | seconds | ours: frozen | top rung after | switches | kbit/s | REMB: frozen | kbit/s | fixed rate: frozen |\n",
);
process.stdout.write("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
for (const scenario of scenarios) process.stdout.write(`${rowOf(scenario)}\n`);
process.stdout.write(`\n${recoveryOf(NETWORKS.drop)}\n`);

function rowOf(scenario: Scenario): string {
  const [ours = [], remb = [], fixed = []] = MODES.map((mode) => runsOf(scenario, mode));
  const cells = [
    scenario.name,
    String(scenario.seconds),
    frozen(ours),
    topAfter(ours),
    mean(ours.map(({ switches }) => switches)).toFixed(1),
    mean(ours.map(({ receivedKbps }) => receivedKbps)).toFixed(0),
    frozen(remb),
    mean(remb.map(({ receivedKbps }) => receivedKbps)).toFixed(0),
    frozen(fixed),
  ];
  return `| ${cells.join(" | ")} |`;
}

function runsOf(scenario: Scenario, mode: Mode): FlowResult[] {
  return Array.from({ length: seeds }, (_, index) => simulate(scenario, mode, index + 1)).flat();
}

function frozen(runs: readonly FlowResult[]): string {
  const seconds = runs.map(({ frozenSeconds }) => frozenSeconds);
  return `${mean(seconds).toFixed(1)} (${Math.max(...seconds).toFixed(1)})`;
}

/** The slowest, where all got there; else how many did. */
function topAfter(runs: readonly FlowResult[]): string {
  const reached = runs.flatMap(({ topAfterSeconds }) => topAfterSeconds ?? []);
  if (reached.length === 0) return "does not fit";
  if (reached.length < runs.length) return `${reached.length} of ${runs.length}`;
  return `${mean(reached).toFixed(1)} s (${Math.max(...reached).toFixed(1)})`;
}

function recoveryOf(scenario: Scenario): string {
  const back = runsOf(scenario, "adaptive").map(
    ({ rungs }) =>
      rungs.find(({ atSeconds, id }) => atSeconds >= RECOVERY_SECONDS && id === "source")
        ?.atSeconds ?? Infinity,
  );
  const after = back.map((at) => at - RECOVERY_SECONDS);
  return `${scenario.name}: back at the top ${mean(after).toFixed(1)} s (worst ${Math.max(...after).toFixed(1)} s) after the recovery`;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);
}
