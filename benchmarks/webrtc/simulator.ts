import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const USAGE = `Usage: node webrtc/simulator.ts [options]

Adaptive streaming in virtual time: ours, the far end's own estimate (REMB) and a fixed rate, over the
same simulated networks. Prints a Markdown table. The figures do not depend on the machine.

  --seeds <number>     Runs of each in each scenario. Default 10.
  --help               Show this text.
`;

/** The simulator is part of the package's tests; it runs from their sources. */
const TABLE = new URL(
  "../../packages/webrtc-streaming/test/simulator/print-table.ts",
  import.meta.url,
);

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else process.exitCode = await printTable(values.seeds);

/** @returns the exit code */
async function printTable(seeds: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(
    process.execPath,
    ["--conditions=@ipfs-kit/source", fileURLToPath(TABLE), seeds],
    { stdio: "inherit" },
  );
  child.once("error", reject);
  child.once("exit", (code) => resolve(code ?? 1));
  return promise;
}
