import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished } from "vitest";

import { Ledger } from "./ledger.ts";
import { childArguments, openStore, temporaryDirectory } from "./temporary-store.ts";
import { all } from "./streams.ts";

/** Kills per test; a long battery sets 100. */
const CYCLES = Number(process.env["CONTENT_EMBEDDED_CRASH_CYCLES"] ?? "5");
const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");
const programs = [
  ["adds files", new URL("add-until-killed.ts", import.meta.url), false],
  [
    "adds, unpins, collects garbage and compacts",
    new URL("churn-until-killed.ts", import.meta.url),
    true,
  ],
] as const;

describe.each(programs)("a process that %s, killed at any moment", (_, program, compacts) => {
  it(
    "keeps every file it acknowledged, and shows no other by halves",
    { timeout: CYCLES * 20_000 },
    async () => {
      const directory = await temporaryDirectory();
      const random = seededRandom(SEED);
      const ledger = new Ledger(random);
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const before = ledger.acknowledged;
        const args = childArguments(program, directory, String(cycle));
        await runUntilKilled(args, Math.floor(random() * 400), ledger);
        expect(ledger.acknowledged).toBeGreaterThan(before);
        const store = await openStore(directory);
        expect(await ledger.check(store)).toEqual([]);
        await store.stop();
      }
      // Once more everything, and once more from the packs alone.
      for (const damage of [async () => {}, async () => rm(join(directory, "index.db"))]) {
        await damage();
        const store = await openStore(directory);
        expect(await ledger.check(store, { all: true })).toEqual([]);
        expect(await all(store.blocks.scrub())).toEqual([]);
        await store.stop();
      }
      const packs = (await readdir(join(directory, "packs"))).map((name) =>
        Number.parseInt(name, 10),
      );
      if (CYCLES <= 5) return;
      console.info(`${CYCLES} kills, ${ledger.acknowledged} acknowledged, 0 lost`);
      // Compaction leaves numbers without a pack; in a few kills it may not come to one.
      expect(compacts && packs.length === Math.max(...packs)).toBe(false);
    },
  );
});

/** Lets the child work; after the first acknowledgement it has `lifeMs` to live. */
async function runUntilKilled(args: string[], lifeMs: number, ledger: Ledger): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout);
  lines.once("line", () => setTimeout(() => child.kill("SIGKILL"), lifeMs));
  for await (const line of lines) ledger.take(line);
  await exited;
  expect(child.signalCode).toBe("SIGKILL");
}
