import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { processCpuSeconds } from "../content/process-cpu.ts";
import { median } from "./median.ts";
import { type Program, startProgram } from "./start-program.ts";
import { loadWithWrk } from "./wrk.ts";

const run = promisify(execFile);

const PEERS = fileURLToPath(new URL("peers.ts", import.meta.url));
const SERVER = fileURLToPath(new URL("../../apps/mcp-server/src/main.ts", import.meta.url));

/** In each round each of them is asked, one after the other. */
const SUBJECTS = [
  "ours",
  "ours, by token",
  "node:http",
  "hono",
  "stock",
  "stock, one origin",
] as const;
type SubjectName = (typeof SUBJECTS)[number];

/** Before anything is counted: what Hono brings takes some seconds to be as fast as it gets. */
const WARM_UP_SECONDS = 5;
/** Far above what comes: the limit is looked at for each request, and never reached. */
const NO_LIMIT = ["--rate-limit", "1000000"];

/** A block nobody has. */
const ABSENT = "bafkreigzafgemjeejks3vqyuo46ww2e22rt7utq5djikdofjtvnjl5zp6u";

/** What is asked for: the answer of the others is what ours was. */
const PATHS = ["/api/v0/version", `/api/v0/exists/${ABSENT}`];

interface Subject extends Pick<Program, "ready" | "pid"> {
  /** Sent with each request. */
  headers: readonly string[];
}

export interface RequestsOptions {
  rounds: number;
  /** How long each is asked in each round. */
  seconds: number;
  /** A folder for the store. */
  scratch: string;
  /** For our server beside those it needs. */
  flags: readonly string[];
}

/** Answers per second of the server's CPU, user and system: what our guard costs. */
export async function compareRequests(options: RequestsOptions): Promise<string> {
  const reports: string[] = [];
  for (const path of PATHS) reports.push(await comparePath(path, options));
  return reports.join("");
}

async function comparePath(path: string, options: RequestsOptions): Promise<string> {
  const directory = await mkdtemp(join(options.scratch, "server-"));
  const rates = new Map<SubjectName, number[]>(SUBJECTS.map((name) => [name, []]));
  try {
    await using stack = new AsyncDisposableStack();
    const flags = ["--port", "0", "--gateway-port", "0", "--log-level", "error", ...options.flags];
    const place = (name: string) => ["--persistence-path", join(directory, name)];
    const ours = stack.use(await startProgram(SERVER, [...place("open"), ...flags]));
    const token = await createToken(place("closed"));
    const closed = [...place("closed"), ...flags, ...NO_LIMIT];
    const body = await (await fetch(ours.ready.http + path)).text();
    const subjects = new Map<SubjectName, Subject>([
      ["ours", { ...ours, headers: [] }],
      [
        "ours, by token",
        {
          ...stack.use(await startProgram(SERVER, closed)),
          headers: [`Authorization: Bearer ${token}`],
        },
      ],
    ]);
    for (const name of SUBJECTS.slice(2)) {
      const program = stack.use(await startProgram(PEERS, [name, path, body]));
      subjects.set(name, { ...program, headers: [] });
    }
    for (const { ready, headers } of subjects.values()) {
      await loadWithWrk(ready.http + path, WARM_UP_SECONDS, headers);
    }
    for (let round = 0; round < options.rounds; round += 1) {
      // Whoever goes first has another machine than whoever goes last: so all take turns.
      const from = round % SUBJECTS.length;
      for (const name of [...SUBJECTS.slice(from), ...SUBJECTS.slice(0, from)]) {
        const subject = subjects.get(name);
        if (subject === undefined) continue;
        rates.get(name)?.push(await rateOf(subject, path, options.seconds));
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return reportOn(path, rates);
}

/** A token for a server that does not run yet. */
async function createToken(place: readonly string[]): Promise<string> {
  const words = [
    "token",
    "create",
    "--role",
    "operator",
    "--name",
    "benchmark",
    "--json",
    ...place,
  ];
  const flags = ["--conditions=@ipfs-kit/source", SERVER];
  const { stdout } = await run(process.execPath, [...flags, ...words]);
  const { token }: { token: string } = JSON.parse(stdout);
  return token;
}

async function rateOf(
  { ready, pid, headers }: Subject,
  path: string,
  seconds: number,
): Promise<number> {
  const before = await processCpuSeconds(pid);
  const answers = await loadWithWrk(ready.http + path, seconds, headers);
  return answers / ((await processCpuSeconds(pid)) - before);
}

function reportOn(path: string, rates: ReadonlyMap<SubjectName, readonly number[]>): string {
  const ours = rates.get("ours") ?? [];
  const lines = SUBJECTS.map((name) => {
    const theirs = rates.get(name) ?? [];
    const shown = theirs.map((rate) => `${(rate / 1000).toFixed(1)}k`).join(" ");
    // Of each round by itself: noise that lasts longer than a round meets all.
    const ratio = median(ours.map((rate, round) => rate / (theirs[round] ?? Number.NaN)));
    return `  ${name.padEnd(17)} ${shown}  ours is ${ratio.toFixed(2)}x`;
  });
  return `GET ${path}: answers per CPU second\n${lines.join("\n")}\n`;
}
