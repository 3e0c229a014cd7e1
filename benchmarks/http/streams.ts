import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { processCpuSeconds } from "../content/process-cpu.ts";
import { median } from "./median.ts";
import { type Program, startProgram } from "./start-program.ts";
import { postForm, put, take } from "./stream-client.ts";

const SERVER = fileURLToPath(new URL("../../apps/mcp-server/src/main.ts", import.meta.url));
/** Beside the tests of the server, as it is made of what the server does not export. */
const GUARDED = fileURLToPath(
  new URL("../../apps/mcp-server/test/support/guarded-pipes.ts", import.meta.url),
);
const PLAIN = fileURLToPath(new URL("pipes.ts", import.meta.url));
const GIB = 2 ** 30;
/** Goes through everything first, so that neither compiling nor filling caches is measured. */
const WARM_UP_BYTES = 192 * 2 ** 20;

export interface StreamsOptions {
  rounds: number;
  /** Bytes of each stream. */
  size: number;
  /** A folder on the disk the stores are to be on. */
  scratch: string;
  /** For our server beside those it needs. */
  flags: readonly string[];
  /** Settings of V8 for our server, without their dashes. */
  v8: readonly string[];
}

/** The programs that are measured, all of them running. */
interface Programs {
  ours: Program;
  guarded: Program;
  plain: Program;
}

/** One way of sending bytes; `cid` is what was added before with as many. */
interface Way {
  name: string;
  of: keyof Programs;
  run: (program: Program, size: number, cid: string) => Promise<unknown>;
}

/** The first of each is ours, the others are what it is compared with. */
const CASES: readonly (readonly Way[])[] = [
  [
    {
      name: "up: listener and guard alone",
      of: "guarded",
      run: async ({ ready }, size) => put(`${ready.http}/discard`, size),
    },
    {
      name: "plain pipeline to nowhere",
      of: "plain",
      run: async ({ ready }, size) => put(`${ready.http}/discard`, size),
    },
  ],
  [
    {
      name: "down: listener and guard alone",
      of: "guarded",
      run: async ({ ready }, size) => take(`${ready.http}/discard?size=${size}`, "GET", size),
    },
    {
      name: "plain pipeline from memory",
      of: "plain",
      run: async ({ ready }, size) => take(`${ready.http}/discard?size=${size}`, "GET", size),
    },
  ],
  [
    {
      name: "up: add (form, blocks, hashes, durable)",
      of: "ours",
      run: async ({ ready }, size) => postForm(`${ready.http}/api/v0/add?pin=false`, size),
    },
    {
      name: "plain pipeline to a file",
      of: "plain",
      run: async ({ ready }, size) => put(`${ready.http}/file?size=${size}`, size),
    },
    {
      name: "the same, hashed",
      of: "plain",
      run: async ({ ready }, size) => put(`${ready.http}/hashed?size=${size}`, size),
    },
  ],
  [
    {
      name: "down: cat (each block verified)",
      of: "ours",
      run: async ({ ready }, size, cid) =>
        take(`${ready.http}/api/v0/cat?arg=${cid}`, "POST", size),
    },
    {
      name: "plain pipeline from a file",
      of: "plain",
      run: async ({ ready }, size) => take(`${ready.http}/file?size=${size}`, "GET", size),
    },
    {
      name: "the same, hashed",
      of: "plain",
      run: async ({ ready }, size) => take(`${ready.http}/hashed?size=${size}`, "GET", size),
    },
  ],
  [
    {
      name: "down: gateway (each block verified)",
      of: "ours",
      run: async ({ ready }, size, cid) => take(`${ready.gateway}/ipfs/${cid}`, "GET", size),
    },
    {
      name: "plain pipeline from a file",
      of: "plain",
      run: async ({ ready }, size) => take(`${ready.http}/file?size=${size}`, "GET", size),
    },
  ],
];

interface Spent {
  cpuSeconds: number;
  seconds: number;
  growthMib: number;
}

/** CPU and memory of the server for streams of a size. */
export async function compareStreams(options: StreamsOptions): Promise<string> {
  const directory = await mkdtemp(join(options.scratch, "streams-"));
  try {
    await using stack = new AsyncDisposableStack();
    const flags = ["--port", "0", "--gateway-port", "0", "--log-level", "error", ...options.flags];
    const place = ["--persistence-path", join(directory, "store")];
    const programs: Programs = {
      ours: stack.use(await startProgram(SERVER, [...place, ...flags], options)),
      guarded: stack.use(await startProgram(GUARDED, [directory])),
      plain: stack.use(await startProgram(PLAIN, [directory])),
    };
    const added = {
      warmUp: await prepare(programs, WARM_UP_BYTES),
      measured: await prepare(programs, options.size),
    };
    const reports: string[] = [];
    for (const ways of CASES) reports.push(await compareWays(ways, { programs, added }, options));
    return reports.join("");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function compareWays(
  ways: readonly Way[],
  { programs, added }: { programs: Programs; added: Record<"warmUp" | "measured", string> },
  { rounds, size }: StreamsOptions,
): Promise<string> {
  const spent = ways.map((): Spent[] => []);
  for (const { run, of } of ways) await run(programs[of], WARM_UP_BYTES, added.warmUp);
  for (let round = 0; round < rounds; round += 1) {
    const order = Array.from(ways.keys());
    // Whoever goes second finds a warmer machine: so they take turns.
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const way = ways[index];
      if (way === undefined) continue;
      const program = programs[way.of];
      spent[index]?.push(
        await measure(program, async () => way.run(program, size, added.measured)),
      );
    }
  }
  return reportOn(ways, spent, size);
}

/** So much content in our store, and in a file. @returns its CID */
async function prepare({ ours, plain }: Programs, size: number): Promise<string> {
  await put(`${plain.ready.http}/file?size=${size}`, size);
  const line: { Hash: string } = JSON.parse(
    await postForm(`${ours.ready.http}/api/v0/add?pin=true`, size),
  );
  return line.Hash;
}

async function measure({ pid }: Program, work: () => Promise<unknown>): Promise<Spent> {
  const before = { memory: await residentMib(pid, "VmRSS"), cpu: await processCpuSeconds(pid) };
  // From now on the most is counted anew.
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuSeconds = (await processCpuSeconds(pid)) - before.cpu;
  return { seconds, cpuSeconds, growthMib: (await residentMib(pid, "VmHWM")) - before.memory };
}

async function residentMib(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

function reportOn(
  ways: readonly Way[],
  spent: readonly (readonly Spent[])[],
  size: number,
): string {
  const ours = spent[0] ?? [];
  const lines = ways.map(({ name }, index) => {
    const runs = spent[index] ?? [];
    const cpu = median(runs.map(({ cpuSeconds }) => (cpuSeconds * GIB) / size));
    const seconds = median(runs.map((run) => run.seconds));
    const growth = Math.max(...runs.map(({ growthMib }) => growthMib));
    const ratio = median(
      ours.map(({ cpuSeconds }, round) => cpuSeconds / (runs[round]?.cpuSeconds ?? Number.NaN)),
    );
    const compared = index === 0 ? "" : `, ours takes ${ratio.toFixed(2)}x the CPU`;
    return `  ${name.padEnd(40)} ${cpu.toFixed(2)} CPU s/GiB, ${seconds.toFixed(1)} s, +${growth.toFixed(0)} MiB${compared}`;
  });
  return `${lines.join("\n")}\n`;
}
