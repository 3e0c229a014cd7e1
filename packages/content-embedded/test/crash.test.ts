import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { collect, seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished } from "vitest";

import { generatedFile } from "./generated-file.ts";
import { childArguments, openStore, temporaryDirectory } from "./temporary-store.ts";

/** Kills per run; a long battery sets more. */
const CYCLES = Number(process.env["CONTENT_EMBEDDED_CRASH_CYCLES"] ?? "5");
const PROGRAM = new URL("add-until-killed.ts", import.meta.url);
const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");

describe("a process killed at any moment", () => {
  it(
    "keeps every file it acknowledged, and shows no other by halves",
    { timeout: CYCLES * 20_000 },
    async () => {
      const directory = await temporaryDirectory();
      const random = seededRandom(SEED);
      const acknowledged = new Map<string, string>();
      let acknowledgedBefore = 0;
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        await addUntilKilled(directory, cycle, Math.floor(random() * 400), acknowledged);
        expect(acknowledged.size).toBeGreaterThan(acknowledgedBefore);
        acknowledgedBefore = acknowledged.size;
        const listed = await checkAll(directory);
        const lost = [...acknowledged].filter(([name, cid]) => listed.get(name) !== cid);
        expect(lost).toEqual([]);
      }
    },
  );
});

/** Lets the child add files; after the first acknowledgement it has `lifeMs` to live. */
async function addUntilKilled(
  directory: string,
  seed: number,
  lifeMs: number,
  acknowledged: Map<string, string>,
): Promise<void> {
  const args = childArguments(PROGRAM, directory, String(seed));
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout);
  lines.once("line", () => setTimeout(() => child.kill("SIGKILL"), lifeMs));
  for await (const line of lines) {
    const [cid, name] = line.split(" ");
    // The last line may be cut by the kill: only a whole one is an acknowledgement.
    if (cid !== undefined && name !== undefined) acknowledged.set(name, cid);
  }
  await exited;
}

/** Reads every file that is listed; returns what is listed, CID by name. */
async function checkAll(directory: string): Promise<Map<string, string>> {
  const store = await openStore(directory);
  const listed = new Map<string, string>();
  for (let cursor: string | undefined = ""; cursor !== undefined;) {
    const page = await store.listPins(cursor === "" ? {} : { cursor });
    for (const { cid, name = "" } of page.pins) {
      const isWhole = Buffer.from(generatedFile(name)).equals(await collect(store.read(cid)));
      if (!isWhole) throw new Error(`${name} is listed, but not whole.`);
      listed.set(name, cid.toString());
    }
    cursor = page.nextCursor;
  }
  await store.stop();
  return listed;
}
