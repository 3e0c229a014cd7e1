import { execFile } from "node:child_process";
import { open, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import type { DamagedBlock, EmbeddedStore } from "@ipfs-kit/content-embedded";
import { type CID, errorCodeOf } from "@ipfs-kit/core";
import { collect, inPieces, seededBytes, seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import type { PackStore, Place } from "../src/pack-store/index.ts";
import { openPacks } from "./temporary-packs.ts";
import { childArguments, openStore, temporaryDirectory } from "./temporary-store.ts";
import { all, isSame } from "./streams.ts";

/** Blocks damaged in each way; a long battery sets 50. */
const BLOCKS = Number(process.env["CONTENT_EMBEDDED_ROT_BLOCKS"] ?? "5");
const SEED = Number(process.env["CONTENT_EMBEDDED_SEED"] ?? "1");
const FILES = 120;
const WITHOUT_HANDLES = new URL("scrub-without-handles.ts", import.meta.url);
const run = promisify(execFile);

interface Kept {
  cid: CID;
  bytes: Uint8Array;
  place: Place;
}

/** A running store with files of one block each in many packs, and where they stand. */
async function filledStore(): Promise<{ directory: string; store: EmbeddedStore; files: Kept[] }> {
  const directory = await temporaryDirectory();
  const random = seededRandom(SEED);
  const store = await openStore(directory, { packBytes: 256 * 1024 });
  const added: Omit<Kept, "place">[] = [];
  for (let count = 0; count < FILES; count += 1) {
    const bytes = seededBytes(1 + Math.floor(random() * 60_000), count + 1);
    added.push({ cid: (await store.add(inPieces(bytes, 65_536))).cid, bytes });
  }
  await store.stop();
  const packs = await openPacks(directory);
  const files = added.map((file) => Object.assign(file, { place: placeIn(packs, file.cid) }));
  await packs.stop();
  await store.start();
  return { directory, store, files };
}

function placeIn(packs: PackStore, cid: CID): Place {
  const place = packs.placeOf(cid.multihash.bytes);
  if (place === undefined) throw new Error(`${cid.toString()} is not in the index.`);
  return place;
}

type Damage = (path: string, place: Place, random: () => number) => Promise<void>;

async function overwrite(
  path: string,
  at: number,
  change: (bytes: Buffer) => Uint8Array,
  length = 1,
) {
  const file = await open(path, "r+");
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, at);
  await file.write(change(bytes), 0, length, at);
  await file.close();
}

const damages: [string, Damage][] = [
  [
    "has a byte with one bit flipped",
    async (path, { offset, length }, random) => {
      const bit = 1 << Math.floor(random() * 8);
      const at = offset + Math.floor(random() * length);
      await overwrite(path, at, (bytes) => bytes.map((byte) => byte ^ bit));
    },
  ],
  [
    "is cut off by the end of its pack",
    async (path, { offset, length }, random) => {
      await truncate(path, offset + Math.floor(random() * length));
    },
  ],
  [
    "is zeros",
    async (path, { offset, length }) => {
      await overwrite(path, offset, (bytes) => bytes.fill(0), length);
    },
  ],
  ["is in a pack that was deleted", async (path) => rm(path)],
];

describe.each(damages)("a block that %s while the store runs", (_, damage) => {
  it(
    "is never given out, is told by the scrub, and is made good by adding it again",
    { timeout: 30_000 + BLOCKS * 2_000 },
    async () => {
      const random = seededRandom(SEED);
      let { directory, store, files } = await filledStore();
      /** Those that were not written anew: where the others stand is not known here. */
      let asAdded = files;
      for (let round = 0; round < BLOCKS; round += 1) {
        if (asAdded.length === 0) {
          ({ directory, store, files } = await filledStore());
          asAdded = files;
        }
        const target = asAdded[Math.floor(random() * asAdded.length)];
        if (target === undefined) throw new Error("There are no files.");
        const path = join(directory, "packs", `${target.place.pack}.pack`);
        await damage(path, target.place, random);
        const told = await scrubbed(store);
        const bad = await notWhole(store, files);
        expect(bad.map(({ cid }) => cid.toString())).toContain(target.cid.toString());
        expect(told.map(({ cid }) => cid.toString()).toSorted()).toEqual(
          bad.map(({ cid }) => cid.toString()).toSorted(),
        );
        for (const { cid, bytes } of bad) {
          // By either way in.
          if (round % 2 === 0) await store.add(inPieces(bytes, 65_536));
          else await store.blocks.put(cid, bytes);
        }
        expect(await scrubbed(store)).toEqual([]);
        expect(await notWhole(store, files)).toEqual([]);
        const healed = new Set(bad);
        asAdded = asAdded.filter((file) => !healed.has(file));
      }
    },
  );
});

async function scrubbed(store: EmbeddedStore): Promise<DamagedBlock[]> {
  return all(store.blocks.scrub());
}

/** The files that cannot be read. Whatever is read must be right. */
async function notWhole(store: EmbeddedStore, files: readonly Kept[]): Promise<Kept[]> {
  const outcomes: string[] = [];
  for (const { cid, bytes } of files) {
    const outcome = collect(store.read(cid)).then((read) =>
      isSame(read, bytes) ? "whole" : "wrong bytes",
    );
    outcomes.push(await outcome.catch(errorCodeOf));
  }
  expect(["whole", "integrity", "not_found"]).toEqual(expect.arrayContaining(outcomes));
  return files.filter((_, at) => outcomes[at] !== "whole");
}

describe("a scrub", () => {
  it("of what is sound tells nothing, and reads all of it", async () => {
    const { store, directory } = await filledStore();
    expect(await scrubbed(store)).toEqual([]);
    const [pack = ""] = await readdir(join(directory, "packs"));
    const { size } = await stat(join(directory, "packs", pack));
    expect(size).toBeGreaterThan(100_000);
  });

  it("lets other work go on, and ends with its signal or with the store", async () => {
    const { store } = await filledStore();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    await scrubbed(store);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
    const signal = AbortSignal.abort();
    await expect(all(store.blocks.scrub({ signal }))).rejects.toMatchObject({
      code: "aborted",
    });
    const ended = all(store.blocks.scrub()).then(() => "done", errorCodeOf);
    await store.stop();
    expect(await ended).toBe("invalid_state");
  });

  it.skipIf(process.platform === "win32")(
    "gives up while no file can be opened, and calls nothing damaged",
    async () => {
      const { store, directory } = await filledStore();
      await store.stop();
      const limited = `ulimit -n 96; exec "$@"`;
      const program = childArguments(WITHOUT_HANDLES, directory);
      const { stdout } = await run("sh", ["-c", limited, "sh", process.execPath, ...program]);
      expect(JSON.parse(stdout)).toEqual({ without: "unavailable", afterwards: "0 damaged" });
    },
  );

  it("is not misled by blocks that are compacted, removed and added meanwhile", async () => {
    const { store, files } = await filledStore();
    const scrub = store.blocks.scrub()[Symbol.asyncIterator]();
    const told = scrub.next();
    for (const { cid } of files.filter((__, at) => at % 3 > 0)) await store.unpin(cid);
    const [gone] = await Promise.all([
      all(store.collectGarbage()),
      store.add(inPieces(seededBytes(3_000_000, 4711), 100_000)),
    ]);
    expect(gone.length).toBeGreaterThan(0);
    expect(await told).toMatchObject({ done: true });
  });
});
