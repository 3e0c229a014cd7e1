import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

import { SUBJECT_NAMES } from "./subject-names.ts";
import type { SenderRun } from "./measure.ts";

const USAGE = `Usage: node webrtc/sender/main.ts [options]

  --rounds <number>    Runs of each subject. Default 5.
  --seconds <number>   How long each sends in a round. Default 6.
  --viewers <number>   Connections at once. Default 100.
  --help               Show this text.
`;
const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));
const NATIVE = "node-datachannel";
const FLOOR = "bare dgram";
const ATTEMPTS = 3;

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "6" },
    viewers: { type: "string", default: "100" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else process.stdout.write(report(await measureAll()));

/** All subjects in turn, round by round, so that what else the machine does meets them all. */
async function measureAll(): Promise<Map<string, SenderRun[]>> {
  const runs = new Map<string, SenderRun[]>(SUBJECT_NAMES.map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const order = round % 2 === 0 ? SUBJECT_NAMES : SUBJECT_NAMES.toReversed();
    for (const name of order) {
      const measured = await measure(name);
      const { microsecondsPerPacket, arrivedShare } = measured;
      process.stderr.write(
        `${round + 1} ${name}: ${microsecondsPerPacket.toFixed(1)} us, ${percent(arrivedShare)} arrived\n`,
      );
      runs.get(name)?.push(measured);
    }
  }
  return runs;
}

/** One run in a process of its own. libdatachannel does not get every connection up; then it is done again. */
async function measure(name: string, attempts = ATTEMPTS): Promise<SenderRun> {
  const flags = ["--conditions=@ipfs-kit/source", MEASURE, name, values.viewers, values.seconds];
  try {
    const { stdout } = await run(process.execPath, flags);
    return JSON.parse(stdout);
  } catch (error) {
    if (attempts <= 1) throw error;
    process.stderr.write(`${name}: once more\n`);
    return measure(name, attempts - 1);
  }
}

function report(runs: ReadonlyMap<string, SenderRun[]>): string {
  const perPacket = (name: string) =>
    (runs.get(name) ?? []).map(({ microsecondsPerPacket }) => microsecondsPerPacket);
  const against = (name: string, other: string) =>
    median(perPacket(name).map((own, round) => (perPacket(other)[round] ?? NaN) / own));
  const rows = SUBJECT_NAMES.map((name) => {
    const own = runs.get(name) ?? [];
    return [
      name.padEnd(26),
      median(perPacket(name)).toFixed(1).padStart(10),
      median(own.map(({ viewersPerCore }) => viewersPerCore))
        .toFixed(0)
        .padStart(10),
      against(name, NATIVE).toFixed(2).padStart(10),
      against(name, FLOOR).toFixed(2).padStart(10),
      median(own.map(({ rssMiB }) => rssMiB))
        .toFixed(0)
        .padStart(10),
      percent(median(own.map(({ arrivedShare }) => arrivedShare))).padStart(10),
    ].join("");
  });
  const heads = ["us/packet", "per core", "x native", "x dgram", "RSS MiB", "arrived"];
  const head = "".padEnd(26) + heads.map((text) => text.padStart(10)).join("");
  return `${[head, ...rows].join("\n")}\n`;
}

function median(values_: readonly number[]): number {
  return values_.toSorted((a, b) => a - b)[Math.floor(values_.length / 2)] ?? NaN;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
