import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { MemoryBlocks } from "@ipfs-kit/content-memory";
import type { Blocks } from "@ipfs-kit/core";
import { CarBlockIterator } from "@ipld/car";
import { describe, expect, it } from "vitest";

import { serveGateway } from "./support/serve-gateway.ts";

const run = promisify(execFile);

/** The compiled tests of gateway-conformance; beside it stands its folder of fixtures. */
const PROGRAM = "gateway-conformance.test";

const SPECS = [
  "trustless-block-gateway",
  "trustless-car-gateway",
  "trustless-car-gateway-optional",
  "path-unixfs-gateway",
  "path-tar-gateway",
  "path-raw-gateway",
  "path-range-gateway",
  "path-dag-gateway",
];

/** Groups of tests about names under /ipns/ and about other kinds of gateways. */
const NOT_SERVED = /IPNS|DNSLink|Subdomain|Proxy|Redirects/i;

const home = [
  process.env["GATEWAY_CONFORMANCE"] ?? "",
  fileURLToPath(new URL("../../../.judges/gateway-conformance", import.meta.url)),
].find((folder) => folder !== "" && hasProgram(folder));

function hasProgram(folder: string): boolean {
  try {
    accessSync(join(folder, PROGRAM), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function loadFixtures(folder: string, blocks: Pick<Blocks, "put">): Promise<void> {
  for await (const name of glob("**/*.car", { cwd: folder })) {
    const bytes = await readFile(join(folder, name));
    for await (const block of await CarBlockIterator.fromBytes(bytes)) {
      await blocks.put(block.cid, block.bytes);
    }
  }
}

/** What the program says, as `PASS`, `FAIL` or `SKIP` by name of the test. */
async function judge(folder: string, address: string): Promise<Map<string, string>> {
  const output = await run(join(folder, PROGRAM), ["-test.v", `-specs=${SPECS.join(",")}`], {
    env: { ...process.env, GATEWAY_CONFORMANCE_HOME: folder, GATEWAY_URL: address },
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: unknown) => {
    // It exits with 1 when a test failed; which one stands in what it printed.
    if (error instanceof Error && "stdout" in error) return { stdout: String(error.stdout) };
    throw error;
  });
  const lines = output.stdout.matchAll(/^ *--- (PASS|FAIL|SKIP): (\S+)/gm);
  return new Map(Array.from(lines, ([, verdict = "", name = ""]) => [name, verdict]));
}

const reason = home === undefined ? " (skipped: not found; set GATEWAY_CONFORMANCE)" : "";
if (home === undefined) console.warn("No gateway-conformance found: its tests are skipped.");

describe.skipIf(home === undefined)(`gateway-conformance${reason}`, () => {
  it(
    "passes every test of the kinds of gateway that are served",
    { timeout: 120_000 },
    async () => {
      const folder = home ?? "";
      const blocks = new MemoryBlocks();
      await loadFixtures(join(folder, "fixtures"), blocks);
      const verdicts = await judge(folder, await serveGateway({ blocks }));
      const named = (wanted: string) =>
        Array.from(verdicts).flatMap(([name, verdict]) => (verdict === wanted ? [name] : []));

      expect(named("FAIL")).toEqual([]);
      expect(named("SKIP").filter((name) => !NOT_SERVED.test(name))).toEqual([]);
      expect(named("PASS").length).toBeGreaterThan(800);
    },
  );
});
