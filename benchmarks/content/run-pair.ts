import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { startKuboDaemon, startServer } from "./daemons.ts";
import type { Measured } from "./measure.ts";
import { PAIRS, type SubjectName } from "./pairs.ts";
import { processCpuSeconds } from "./process-cpu.ts";

const run = promisify(execFile);
const MEASURE = fileURLToPath(new URL("measure.ts", import.meta.url));

export interface RunOptions {
  rounds: number;
  /** A folder for the stores. */
  scratch: string;
}

/** What both gave in one round. */
export interface Round {
  ours: Measured;
  peer: Measured;
}

/**
 * Measures both of a pair, one right after the other, so that what else the machine does meets both.
 * Resolves to `undefined` when the peer is not to be had here.
 *
 * @throws Error when the two did not make the same DAGs: then they did not do the same work
 */
export async function runPair(
  pair: string,
  caseName: string,
  { rounds, scratch }: RunOptions,
): Promise<Round[] | undefined> {
  const { ours, peer } = PAIRS[pair] ?? { ours: "embedded", peer: "disk" };
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes second finds a warmer machine: so they take turns.
    const order = round % 2 === 0 ? [ours, peer] : [peer, ours];
    const measured = new Map<SubjectName, Measured | undefined>();
    for (const name of order) measured.set(name, await measure(name, caseName, scratch));
    const [one, other] = [measured.get(ours), measured.get(peer)];
    if (one === undefined || other === undefined) return undefined;
    if (other.dags !== undefined && one.dags !== other.dags) {
      throw new Error(`${ours} and ${peer} made different DAGs in "${caseName}".`);
    }
    done.push({ ours: one, peer: other });
  }
  return done;
}

/** One run in a process and a folder of its own; with a daemon, its CPU counts too. */
async function measure(
  subject: SubjectName,
  caseName: string,
  scratch: string,
): Promise<Measured | undefined> {
  const directory = await mkdtemp(join(scratch, "run-"));
  // What the run before left in the page cache would be written during this one.
  await run("sync");
  try {
    if (subject !== "kubo" && subject !== "server") {
      return await measureIn(subject, caseName, directory);
    }
    await using daemon = await (subject === "kubo" ? startKuboDaemon() : startServer(directory));
    if (daemon === undefined) return undefined;
    return await measureIn("rpc", caseName, daemon.url, daemon.pid);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureIn(
  subject: string,
  caseName: string,
  place: string,
  pid?: number,
): Promise<Measured> {
  const flags = ["--conditions=@ipfs-kit/source", "--expose-gc", MEASURE];
  const before = pid === undefined ? 0 : await processCpuSeconds(pid);
  const { stdout } = await run(process.execPath, [...flags, subject, caseName, place]);
  const measured: Measured = JSON.parse(stdout);
  const after = pid === undefined ? 0 : await processCpuSeconds(pid);
  return { ...measured, cpuSeconds: measured.cpuSeconds + after - before };
}
