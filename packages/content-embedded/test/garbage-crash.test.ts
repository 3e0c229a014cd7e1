import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import type { Pin } from "@ipfs-kit/core";
import { collect, seededRandom } from "@ipfs-kit/testing";
import { linksOf } from "@ipfs-kit/unixfs";
import { describe, expect, it, onTestFinished } from "vitest";

import { generatedFile } from "./generated-file.ts";
import { childArguments, openStore, temporaryDirectory } from "./temporary-store.ts";

/** Kills per run; a long battery sets more. */
const CYCLES = Number(process.env["CONTENT_EMBEDDED_CRASH_CYCLES"] ?? "4");
const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");
const PROGRAM = new URL("collect-until-killed.ts", import.meta.url);

/** What the programs said before they were killed. */
interface Said {
  /** CID by name. */
  added: Map<string, string>;
  /** Perhaps not pinned any more. */
  doubtful: Set<string>;
  unpinned: Set<string>;
  collections: number;
}

describe("a process killed while it collects garbage", () => {
  it(
    "has lost nothing that is pinned, and pins nothing by halves",
    { timeout: CYCLES * 30_000 },
    async () => {
      const directory = await temporaryDirectory();
      const random = seededRandom(SEED);
      const said: Said = {
        added: new Map(),
        doubtful: new Set(),
        unpinned: new Set(),
        collections: 0,
      };
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const before = said.collections;
        await workUntilKilled(directory, cycle, Math.floor(random() * 500), said);
        expect(said.collections).toBeGreaterThan(before);
        // Every other time the index is lost, too.
        if (cycle % 2 === 1) await rm(join(directory, "index.db"));
        const listed = await checkAll(directory);
        const lost = [...said.added].filter(
          ([name, cid]) => !said.doubtful.has(name) && listed.get(name) !== cid,
        );
        expect(lost).toEqual([]);
        expect([...said.unpinned].filter((name) => listed.has(name))).toEqual([]);
      }
      expect(said.added.size).toBeGreaterThan(CYCLES * 10);
    },
  );
});

/** Lets the child work; after its first collection it has `lifeMs` to live. */
async function workUntilKilled(
  directory: string,
  seed: number,
  lifeMs: number,
  said: Said,
): Promise<void> {
  const args = childArguments(PROGRAM, directory, String(seed));
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  let isDying = false;
  for await (const line of createInterface(child.stdout)) {
    // The last line may be cut by the kill: of it only a whole name is to be believed.
    const [sign = "", first = "", second = ""] = line.split(" ");
    if (sign === "+" && second !== "") {
      said.added.set(second, first);
      said.doubtful.delete(second);
      said.unpinned.delete(second);
    }
    if (sign === "?") said.doubtful.add(first);
    if (sign === "-") said.unpinned.add(first);
    if (sign !== "gc") continue;
    said.collections += 1;
    if (!isDying) setTimeout(() => child.kill("SIGKILL"), lifeMs);
    isDying = true;
  }
  await exited;
}

/** Reads everything that is pinned; returns what is, CID by name. */
async function checkAll(directory: string): Promise<Map<string, string>> {
  const store = await openStore(directory);
  const listed = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await store.listPins({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    for (const pin of page.pins) {
      if (!(await isWhole(store, pin))) throw new Error(`${pin.name} is pinned, but not whole.`);
      listed.set(pin.name ?? "", pin.cid.toString());
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  await store.stop();
  return listed;
}

async function isWhole(store: EmbeddedStore, { cid, name = "" }: Pin): Promise<boolean> {
  const expected = Buffer.from(generatedFile(name));
  const { type } = await store.stat(cid);
  if (type === "file") return expected.equals(await collect(store.read(cid)));
  const files = linksOf(cid, await store.blocks.get(cid));
  for (const file of files) {
    if (!expected.equals(await collect(store.read(file)))) return false;
  }
  return files.length === 3;
}
