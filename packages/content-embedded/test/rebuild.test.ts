import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished } from "vitest";

import type { PackStore } from "../src/pack-store/index.ts";
import { isSame } from "./streams.ts";
import { multihashOf, openPacks, pinRecord, unpinRecord } from "./temporary-packs.ts";
import { childArguments, temporaryDirectory } from "./temporary-store.ts";

/** Kills during a rebuild; a long battery sets 50. */
const CYCLES = Number(process.env["CONTENT_EMBEDDED_REBUILD_CYCLES"] ?? "4");
const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");
const BLOCKS = CYCLES > 4 ? 40_000 : 10_000;
const PROGRAM = new URL("open-once.ts", import.meta.url);

/** Small blocks, every tenth of them a root; some were let go of, and packs compacted. */
async function filledDirectory(): Promise<{ directory: string; pins: string[] }> {
  const directory = await temporaryDirectory();
  const packs = await openPacks(directory, { packBytes: 1024 * 1024 });
  const gone: Uint8Array[] = [];
  for (let count = 0; count < BLOCKS; count += 1) {
    const bytes = blockOf(count);
    const multihash = multihashOf(bytes);
    const ticket = await packs.put(multihash, bytes);
    if (count % 10 === 0) await packs.room();
    if (count % 10 === 0) packs.note(pinRecord(multihash, `${count}`, new Date(count)));
    if (count % 40 === 10) packs.note(unpinRecord(multihash));
    if (count < BLOCKS / 2 && count % 10 > 0) gone.push(multihash);
    if (count === BLOCKS - 1) await ticket.durable;
  }
  await packs.remove(gone);
  expect((await packs.compact()).packs).toBeGreaterThan(0);
  const pins = pinNames(packs);
  await packs.stop();
  return { directory, pins };
}

function blockOf(count: number): Uint8Array {
  return new TextEncoder().encode(`block ${count} `.repeat(6));
}

function pinNames(packs: PackStore): string[] {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = packs.pins.page({ limit: 1000, cursor });
    names.push(...page.pins.map(({ name = "" }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return names;
}

/** How long the program took to open the store; `undefined` when its time was over before. */
async function openUntilKilled(directory: string, lifeMs: number): Promise<number | undefined> {
  const child = spawn(process.execPath, childArguments(PROGRAM, directory));
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let begun = 0;
  let tookMs: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (line === "open") tookMs = performance.now() - begun;
    else setTimeout(() => child.kill("SIGKILL"), lifeMs);
    begun ||= performance.now();
  }
  await exited;
  return tookMs;
}

describe("a process killed while it makes the index anew", () => {
  it(
    "leaves an index that the next one completes",
    { timeout: 60_000 + CYCLES * 5_000 },
    async () => {
      const { directory, pins } = await filledDirectory();
      const index = join(directory, "index.db");
      const random = seededRandom(SEED);
      const forget = async () => {
        for (const suffix of ["", "-wal"]) await rm(`${index}${suffix}`, { force: true });
      };
      await forget();
      const wholeMs = (await openUntilKilled(directory, 60_000)) ?? 0;
      let cutShort = 0;
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        // Half of them go on where the one before was killed.
        if (cycle % 2 === 0) await forget();
        const lifeMs = cycle === 0 ? 0 : random() * wholeMs;
        if ((await openUntilKilled(directory, lifeMs)) === undefined) cutShort += 1;
        if (cycle % 2 === 0 && cycle < CYCLES - 2) continue;
        const packs = await openPacks(directory);
        expect(pinNames(packs)).toEqual(pins);
        for (let count = 0; count < BLOCKS; count += 97) {
          if (count < BLOCKS / 2 && count % 10 > 0) continue;
          const stored = await packs.get(multihashOf(blockOf(count)));
          expect(stored !== undefined && isSame(stored, blockOf(count))).toBe(true);
        }
        await packs.stop();
      }
      expect(cutShort).toBeGreaterThan(0);
      if (CYCLES > 4) console.info(`${CYCLES} rebuilds, ${cutShort} cut short, nothing lost`);
    },
  );
});
