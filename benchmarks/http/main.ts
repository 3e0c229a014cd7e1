import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { compareRequests } from "./requests.ts";
import { compareStreams } from "./streams.ts";
import { hasWrk } from "./wrk.ts";

const USAGE = `Usage: node http/main.ts [options] [requests] [streams] [-- flags for our server]

  --rounds <number>    Runs of each in each case. Default 5.
  --seconds <number>   How long each is asked for answers in a round. Default 3.
  --mib <number>       MiB of each stream. Default 4096: needs five times that on the disk for each round.
  --v8 <flag>          A setting of V8 for our server in "streams"; may be repeated.
  --directory <path>   Where the stores are: on the disk that is to be measured. Default: here.
  --help               Show this text.

Needs Linux, where the CPU of another process can be read. Requests are made by wrk.
`;

const { values, tokens } = parseArgs({
  allowPositionals: true,
  tokens: true,
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    mib: { type: "string", default: "4096" },
    v8: { type: "string", multiple: true, default: [] },
    directory: { type: "string", default: process.cwd() },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else await compareAll();

async function compareAll(): Promise<void> {
  const end = tokens.find(({ kind }) => kind === "option-terminator")?.index ?? Infinity;
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token] : []));
  const parts = words.filter(({ index }) => index < end).map(({ value }) => value);
  const flags = words.filter(({ index }) => index > end).map(({ value }) => value);
  const scratch = await mkdtemp(join(values.directory, ".bench-"));
  const rounds = Number(values.rounds);
  const isWanted = (part: string) => parts.length === 0 || parts.includes(part);
  try {
    if (isWanted("requests") && !(await hasWrk())) {
      process.stdout.write("requests: skipped, no wrk here\n");
    } else if (isWanted("requests")) {
      const seconds = Number(values.seconds);
      process.stdout.write(await compareRequests({ rounds, seconds, scratch, flags }));
    }
    if (isWanted("streams")) {
      const size = Number(values.mib) * 2 ** 20;
      process.stdout.write(await compareStreams({ rounds, size, scratch, flags, v8: values.v8 }));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
