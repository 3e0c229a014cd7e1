import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

import { END_NAMES } from "./end.ts";
import type { DataRun } from "./measure.ts";

const USAGE = `Usage: node webrtc/sender-data/main.ts [options]

  --rounds <number>    Runs of each pair. Default 5.
  --seconds <number>   How long each sends in a round. Default 5.
  --help               Show this text.
`;
const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else process.stdout.write(report(await measureAll()));

/** All pairs in turn, round by round, so that what else the machine does meets them all. */
async function measureAll(): Promise<Map<string, DataRun[]>> {
  const runs = new Map<string, DataRun[]>(END_NAMES.map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of round % 2 === 0 ? END_NAMES : END_NAMES.toReversed()) {
      const flags = ["--conditions=@ipfs-kit/source", MEASURE, name, values.seconds];
      const { stdout } = await run(process.execPath, flags);
      const measured: DataRun = JSON.parse(stdout);
      runs.get(name)?.push(measured);
    }
  }
  return runs;
}

function report(runs: ReadonlyMap<string, DataRun[]>): string {
  const stock = runs.get("werift") ?? [];
  const rows = END_NAMES.map((name) => {
    const own = runs.get(name) ?? [];
    const rates = own.map(({ megabytesPerSecond }) => megabytesPerSecond);
    const against = rates.map((rate, round) => rate / (stock[round]?.megabytesPerSecond ?? NaN));
    const costs = own.map(({ microsecondsPerKilobyte }) => microsecondsPerKilobyte);
    const cells = [median(rates), median(costs), median(against)];
    return name.padEnd(24) + cells.map((value) => value.toFixed(1).padStart(10)).join("");
  });
  const heads = ["MB/s", "us/KB", "x werift"].map((text) => text.padStart(10));
  return `${["".padEnd(24) + heads.join(""), ...rows].join("\n")}\n`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
