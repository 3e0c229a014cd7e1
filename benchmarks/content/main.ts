import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { CASES } from "./cases.ts";
import { findPairs, PAIRS } from "./pairs.ts";
import { reportOn } from "./report.ts";
import { runPair } from "./run-pair.ts";

const USAGE = `Usage: node content/main.ts [options] [part of a case's name] …

  --pair <name>        ${Object.keys(PAIRS).join(", ")}; may be repeated. Default: all of them.
  --rounds <number>    Runs of each of a pair in each case. Default 5.
  --directory <path>   Where the stores are: on the disk that is to be measured. Default: here.
  --help               Show this text.

Cases: ${Object.keys(CASES).join("; ")}.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pair: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    directory: { type: "string", default: process.cwd() },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
} else {
  await compareAll(findPairs(values.pair), Number(values.rounds));
}

async function compareAll(pairs: readonly string[], rounds: number): Promise<void> {
  const scratch = await mkdtemp(join(values.directory, ".bench-"));
  try {
    for (const [name, { pairs: fitting }] of Object.entries(CASES)) {
      if (!isWanted(name)) continue;
      for (const pair of pairs.filter((one) => fitting.includes(one))) {
        const measured = await runPair(pair, name, { rounds, scratch });
        process.stdout.write(reportOn(pair, name, measured));
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function isWanted(name: string): boolean {
  return positionals.length === 0 || positionals.some((part) => name.includes(part));
}
