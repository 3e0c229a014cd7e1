import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { CASES } from "./cases.ts";
import { startKuboDaemon, startServer } from "./daemons.ts";
import type { Measured } from "./measure.ts";
import { processCpuSeconds } from "./process-cpu.ts";

const run = promisify(execFile);
const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));
const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const GIB = 2 ** 30;

/** Who is measured against whom: ours first. The pairs of a case run in turn, round by round. */
const PAIRS = [
  { ours: "embedded", peer: "helia-fs" },
  { ours: "server", peer: "kubo" },
] as const;

type Name = (typeof PAIRS)[number]["ours" | "peer"];

const scratch = await mkdtemp(join(process.env["BENCH_DIRECTORY"] ?? process.cwd(), ".bench-"));
try {
  const wanted = process.argv.slice(2);
  for (const [name, { overRpc = true }] of Object.entries(CASES)) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    for (const { ours, peer } of PAIRS) { if(process.env.ONLY && ours!==process.env.ONLY) continue;
      if (ours === "embedded" || overRpc) await compare(name, ours, peer);
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function compare(name: string, ours: Name, peer: Name): Promise<void> {
  const rounds: { ours: Measured; peer: Measured }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Whoever goes second finds a warmer machine: so they take turns.
    const isOurTurn = round % 2 === 0;
    const first = await measure(isOurTurn ? ours : peer, name);
    const second = await measure(isOurTurn ? peer : ours, name);
    if (first === undefined || second === undefined) {
      process.stdout.write(`${name}: ${ours} / ${peer}: skipped, no Kubo here\n`);
      return;
    }
    rounds.push(isOurTurn ? { ours: first, peer: second } : { ours: second, peer: first });
  }
  const speed = median(rounds.map((round) => round.peer.seconds / round.ours.seconds));
  const spread = rounds.map((round) => (round.peer.seconds / round.ours.seconds).toFixed(2));
  const lines = [
    `${name}: ${ours} is ${speed.toFixed(2)}x as fast as ${peer} (rounds ${spread.join(" ")})`,
    `  ${describe(ours, rounds.map((round) => round.ours))}`,
    `  ${describe(peer, rounds.map((round) => round.peer))}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function describe(name: Name, runs: readonly Measured[]): string {
  const seconds = median(runs.map((one) => one.seconds));
  const cpu = median(runs.map((one) => (one.cpuSeconds * GIB) / one.bytes));
  const extra = runs.flatMap((one) => one.extraMib ?? []);
  const memory = extra.length > 0 ? `, +${median(extra).toFixed(0)} MiB` : "";
  return `${name.padEnd(9)} ${seconds.toFixed(2)} s, ${cpu.toFixed(2)} CPU s/GiB${memory}`;
}

/** One run in a process and a folder of its own; with a daemon, its CPU counts too. */
async function measure(subject: Name, name: string): Promise<Measured | undefined> {
  const directory = await mkdtemp(join(scratch, "run-"));
  // What the run before left in the page cache would be written during this one.
  await run("sync");
  try {
    if (subject === "embedded" || subject === "helia-fs") {
      return await measureIn(subject, name, directory);
    }
    await using daemon = await (subject === "kubo" ? startKuboDaemon() : startServer(directory));
    if (daemon === undefined) return undefined;
    const before = await processCpuSeconds(daemon.pid);
    const measured = await measureIn("rpc", name, daemon.url);
    const after = await processCpuSeconds(daemon.pid);
    const cpuSeconds = measured.cpuSeconds + (after ?? 0) - (before ?? 0);
    return { ...measured, cpuSeconds };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureIn(subject: string, name: string, place: string): Promise<Measured> {
  const flags = ["--conditions=@ipfs-kit/source", "--expose-gc", MEASURE];
  const { stdout } = await run(process.execPath, [...flags, subject, name, place]);
  return JSON.parse(stdout);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}
