import {
  appendFile,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";

import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { errorCodeOf, type CID } from "@ipfs-kit/core";
import { collect, inPieces, seededBytes, seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { PACK_HEADER_BYTES } from "../src/pack-store/pack-header.ts";
import { openStore, temporaryDirectory } from "./temporary-store.ts";

const ROUNDS = Number(process.env["CONTENT_EMBEDDED_DAMAGE_ROUNDS"] ?? "25");
const SIZES = [0, 1, 500, 1_048_576, 3_000_000];

interface Kept {
  cid: CID;
  bytes: Uint8Array;
}

/** A stopped store with some files in several packs. */
async function filledDirectory(): Promise<{ directory: string; files: Kept[] }> {
  const directory = await temporaryDirectory();
  const store = await openStore(directory, { packBytes: 1_500_000 });
  const files: Kept[] = [];
  for (const [seed, size] of SIZES.entries()) {
    const bytes = seededBytes(size, seed + 1);
    const { cid } = await store.add(inPieces(bytes, 200_000), { name: `file ${seed}` });
    files.push({ cid, bytes });
  }
  await store.stop();
  return { directory, files };
}

async function packsOf(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, "packs"));
  return names.toSorted().map((name) => join(directory, "packs", name));
}

/** Reads every file; how many were whole. Nothing but those and the errors named may come out. */
async function readAll(directory: string, files: Kept[], ...allowed: string[]): Promise<number> {
  const store = await openStore(directory);
  const outcomes: string[] = [];
  for (const file of files) outcomes.push(await outcomeOf(store, file));
  await store.stop();
  expect(["whole", ...allowed]).toEqual(expect.arrayContaining(outcomes));
  return outcomes.filter((outcome) => outcome === "whole").length;
}

async function outcomeOf(store: EmbeddedStore, { cid, bytes }: Kept): Promise<string> {
  let at = 0;
  try {
    for await (const piece of store.read(cid)) {
      const isRight = Buffer.compare(piece, bytes.subarray(at, at + piece.length)) === 0;
      if (!isRight) return "wrong bytes";
      at += piece.length;
    }
  } catch (error) {
    return errorCodeOf(error);
  }
  return at === bytes.length ? "whole" : "ended early";
}

describe("damage on disk", () => {
  it("never lets a wrong byte out", { timeout: ROUNDS * 5_000 }, async () => {
    const { directory, files } = await filledDirectory();
    const random = seededRandom(7);
    const packs = await packsOf(directory);
    let damaged = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const pack = packs[Math.floor(random() * packs.length)] ?? "";
      const { size } = await stat(pack);
      const at = Math.floor(random() * size);
      const file = await open(pack, "r+");
      const length = Math.min(size - at, random() < 0.5 ? 1 : 4096);
      const before = Buffer.alloc(length);
      await file.read(before, 0, length, at);
      const flipped = before.map((byte) => (length === 1 ? byte ^ (1 << (round % 8)) : 0));
      await file.write(flipped, 0, length, at);
      const whole = await readAll(directory, files, "integrity");
      if (whole < files.length) damaged += 1;
      await file.write(before, 0, length, at);
      await file.close();
    }
    expect(damaged).toBeGreaterThan(ROUNDS / 2);
    expect(await readAll(directory, files)).toBe(files.length);
  });

  it("is told when a pack lost its end, and when it is gone", async () => {
    const { directory, files } = await filledDirectory();
    const packs = await packsOf(directory);
    await truncate(packs.at(-1) ?? "", 1000);
    expect(await readAll(directory, files, "integrity")).toBeLessThan(files.length);
    for (const pack of packs) await rm(pack);
    expect(await readAll(directory, files, "integrity")).toBe(0);
  });

  it("is made good by adding the content again", async () => {
    const { directory, files } = await filledDirectory();
    for (const pack of await packsOf(directory)) await truncate(pack, 30);
    const store = await openStore(directory);
    for (const { cid, bytes } of files) {
      const again = await store.add(inPieces(bytes, 90_000));
      expect(again.cid.toString()).toBe(cid.toString());
    }
    await store.stop();
    expect(await readAll(directory, files)).toBe(files.length);
  });
});

describe("the index", () => {
  it.each([
    ["lost", async (index: string) => rm(index)],
    ["no index at all", async (index: string) => writeFile(index, "x".repeat(5000))],
    ["cut short", async (index: string) => truncate(index, 5000)],
    [
      "overwritten in the middle",
      async (index: string) => {
        const file = await open(index, "r+");
        await file.write(Buffer.alloc(5000, 0x55), 0, 5000, 3000);
        await file.close();
      },
    ],
  ])("is rebuilt from the packs when it is %s, pins included", async (_, damage) => {
    const { directory, files } = await filledDirectory();
    await damage(join(directory, "index.db"));
    expect(await readAll(directory, files)).toBe(files.length);
    const store = await openStore(directory);
    const { pins } = await store.listPins();
    expect(pins.map(({ name }) => name)).toEqual(SIZES.map((__, n) => `file ${n}`).toReversed());
  });

  it("is rebuilt around a damaged place", async () => {
    const { directory, files } = await filledDirectory();
    const [, pack = ""] = await packsOf(directory);
    const file = await open(pack, "r+");
    await file.write(Buffer.alloc(40, 0xaa), 0, 40, PACK_HEADER_BYTES);
    await file.close();
    await rm(join(directory, "index.db"));
    const whole = await readAll(directory, files, "integrity", "not_found");
    expect(whole).toBe(files.length - 1);
  });

  it("does not bring back what was unpinned", async () => {
    const { directory, files } = await filledDirectory();
    const store = await openStore(directory);
    const [gone] = files;
    if (gone !== undefined) await store.unpin(gone.cid);
    await store.stop();
    await rm(join(directory, "index.db"));
    const again = await openStore(directory);
    expect((await again.listPins()).pins).toHaveLength(files.length - 1);
  });
});

describe("a torn end of the newest pack", () => {
  it("is cut off, and writing goes on", async () => {
    const { directory, files } = await filledDirectory();
    const newest = (await packsOf(directory)).at(-1) ?? "";
    const { size } = await stat(newest);
    await appendFile(newest, Buffer.concat([Buffer.from("IKP1"), seededBytes(5000, 1)]));
    const store = await openStore(directory);
    expect((await stat(newest)).size).toBe(size);
    const bytes = seededBytes(5000, 99);
    const { cid } = await store.add(inPieces(bytes, 5000));
    await store.stop();
    expect(await readAll(directory, [...files, { cid, bytes }])).toBe(files.length + 1);
  });

  it("is taken in as far as it is whole, when the index lost its last commits", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    await store.add(inPieces(seededBytes(1000, 1), 1000));
    await store.stop();
    const indexBefore = await readFile(join(directory, "index.db"));
    const again = await openStore(directory);
    const bytes = seededBytes(2_000_000, 2);
    const { cid } = await again.add(inPieces(bytes, 100_000), { name: "late" });
    await again.stop();
    await writeFile(join(directory, "index.db"), indexBefore);
    const last = await openStore(directory);
    expect(await collect(last.read(cid))).toEqual(Buffer.from(bytes));
    expect((await last.listPins()).pins).toMatchObject([{ name: "late" }, {}]);
  });
});
