import { type CaseResult, CASES } from "./cases.ts";
import { openDisk } from "./disk.ts";
import { openEmbedded } from "./embedded.ts";
import { openRpc } from "./rpc.ts";
import type { OpenSubject, Subject } from "./subject.ts";

/** What one run of one case on one subject gave. */
export interface Measured extends CaseResult {
  seconds: number;
  /** CPU of this process, user and system; a daemon's is not in it. */
  cpuSeconds: number;
}

const [subjectName = "", caseName = "", place = ""] = process.argv.slice(2);

await using subject = await open(subjectName, place);
const measuredCase = CASES[caseName];
if (measuredCase === undefined) throw new Error(`There is no case "${caseName}".`);
const cids = await measuredCase.prepare(subject);
globalThis.gc?.();
const cpu = process.cpuUsage();
const startedAt = performance.now();
const result = await measuredCase.run(subject, cids);
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpu);
const measured: Measured = { seconds, cpuSeconds: (user + system) / 1e6, ...result };
process.stdout.write(`${JSON.stringify(measured)}\n`);

async function open(name: string, at: string): Promise<Subject> {
  const subjects: Readonly<Record<string, OpenSubject>> = {
    embedded: openEmbedded,
    "helia-fs": heliaFs,
    disk: openDisk,
    rpc: async (url) => openRpc(url),
  };
  const opener = subjects[name];
  if (opener === undefined) throw new Error(`There is no subject "${name}".`);
  return opener(at);
}

/** Loaded only when asked for: its memory is not to count for others. */
async function heliaFs(directory: string): Promise<Subject> {
  const { openHeliaFs } = await import("./helia-fs.ts");
  return openHeliaFs(directory);
}
