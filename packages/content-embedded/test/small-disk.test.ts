import { readFileSync, writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { createEmbeddedStore, type EmbeddedStore } from "@ipfs-kit/content-embedded";
import { type CID, errorCodeOf } from "@ipfs-kit/core";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { expect, it } from "vitest";

import { describeWithDisks, loopDisk, run, type LoopDisk } from "./loop-disk.ts";
import { openStore } from "./temporary-store.ts";
import { all, isSame } from "./streams.ts";

const DISK_MIB = 24;
const KIB = 1024;
const CYCLES = 3;
const FILES = 80;

interface Kept {
  cid: CID;
  bytes: Uint8Array;
}

let seed = 0;

/** Adds files of one size until one is refused; the code it is refused with. */
async function addUntilRefused(store: EmbeddedStore, size: number, kept: Kept[]): Promise<string> {
  for (;;) {
    seed += 1;
    const bytes = seededBytes(size, seed);
    try {
      const { cid } = await store.add(inPieces(bytes, 64 * KIB), { name: `${seed}` });
      kept.push({ cid, bytes });
    } catch (error) {
      return errorCodeOf(error);
    }
  }
}

async function expectAll(store: EmbeddedStore, kept: readonly Kept[]): Promise<void> {
  for (const { cid, bytes } of kept) {
    expect(isSame(await collect(store.read(cid)), bytes)).toBe(true);
  }
  expect((await store.listPins({ limit: 1000 })).pins).toHaveLength(kept.length);
}

async function collectGarbage(store: EmbeddedStore): Promise<number> {
  return (await all(store.collectGarbage())).length;
}

/** Leaves no room at all on a disk. */
async function fillUp(path: string): Promise<string> {
  const ballast = join(path, `ballast-${seed}`);
  seed += 1;
  for (const bytes of [64 * KIB, 4 * KIB, 512, 1]) {
    const piece = new Uint8Array(bytes).fill(1);
    const grow = async () => {
      for (;;) await writeFile(ballast, piece, { flag: "a" });
    };
    await expect(grow()).rejects.toThrow("ENOSPC");
  }
  return ballast;
}

describeWithDisks("a disk without room", () => {
  it(
    "refuses what does not fit, reads all it has, and takes more once something is let go",
    { timeout: 120_000 },
    async () => {
      const disk = loopDisk(DISK_MIB);
      const store = await openStore(join(disk.path, "store"), { packBytes: 2 * KIB * KIB });
      let kept: Kept[] = [];
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        for (const size of [700 * KIB, 40 * KIB, 1 * KIB]) {
          expect(await addUntilRefused(store, size, kept)).toBe("storage_full");
        }
        expect(kept.length).toBeGreaterThan(20);
        await expectAll(store, kept);
        // Room is made with the means of the store alone, on the full disk.
        const [gone, left] = [
          kept.filter((_, at) => at % 4 > 0),
          kept.filter((_, at) => at % 4 === 0),
        ];
        for (const { cid } of gone) await store.unpin(cid);
        expect(await collectGarbage(store)).toBeGreaterThan(0);
        kept = left;
        await expectAll(store, kept);
        const bytes = seededBytes(700 * KIB, 1_000_000 + cycle);
        kept.push({ cid: (await store.add(inPieces(bytes, 64 * KIB))).cid, bytes });
      }
      await store.stop();
      await rm(join(disk.path, "store", "index.db"));
      await store.start();
      await expectAll(store, kept);
    },
  );

  it(
    "is started on all the same, lets go, and takes in again when others made room",
    { timeout: 60_000 },
    async () => {
      const disk = loopDisk(DISK_MIB);
      const directory = join(disk.path, "store");
      const store = await openStore(directory);
      const kept: Kept[] = [];
      for (const size of [700 * KIB, 10]) {
        const bytes = seededBytes(size, size);
        kept.push({ cid: (await store.add(inPieces(bytes, 64 * KIB))).cid, bytes });
      }
      await store.stop();
      const ballast = await fillUp(disk.path);
      await store.start();
      await expectAll(store, kept);
      expect(await addUntilRefused(store, 10, kept)).toBe("storage_full");
      const last = kept.pop();
      if (last !== undefined) await store.unpin(last.cid);
      await store.stop();
      await store.start();
      await expectAll(store, kept);
      await rm(ballast);
      const bytes = seededBytes(700 * KIB, 77);
      kept.push({ cid: (await store.add(inPieces(bytes, 64 * KIB))).cid, bytes });
      await expectAll(store, kept);
    },
  );

  it(
    "leaves a pack as it is when what is needed of it does not fit twice",
    { timeout: 60_000 },
    async () => {
      const disk = loopDisk(DISK_MIB);
      const store = await openStore(join(disk.path, "store"));
      const kept: Kept[] = [];
      for (let count = 0; count < 20; count += 1) {
        const bytes = seededBytes(500 * KIB, 5000 + count);
        kept.push({ cid: (await store.add(inPieces(bytes, 64 * KIB))).cid, bytes });
      }
      const gone = kept.splice(8);
      for (const { cid } of gone) await store.unpin(cid);
      const ballast = await fillUp(disk.path);
      expect(await collectGarbage(store)).toBe(gone.length);
      const { bytes: before } = await store.stats();
      expect(before).toBeGreaterThan(20 * 500 * KIB);
      await expectAll(store, kept);
      await rm(ballast);
      await collectGarbage(store);
      expect((await store.stats()).bytes).toBeLessThan(before / 2);
      await expectAll(store, kept);
    },
  );

  it(
    "is told as full, not as unusable, where there is nothing to give up",
    { timeout: 30_000 },
    async () => {
      const disk = loopDisk(4);
      await fillUp(disk.path);
      const store = createEmbeddedStore({ directory: join(disk.path, "store") });
      await expect(store.start()).rejects.toMatchObject({ code: "storage_full" });
    },
  );
});

describeWithDisks("a disk that is read-only", () => {
  it("is no place to start on", { timeout: 30_000 }, async () => {
    const disk = loopDisk(DISK_MIB);
    const store = await openStore(join(disk.path, "store"));
    await store.add(inPieces(seededBytes(1000, 1), 1000));
    await store.stop();
    run("mount", ["-o", "remount,ro", disk.path]);
    const before = performance.now();
    await expect(store.start()).rejects.toMatchObject({ code: "data_directory" });
    await expect(
      createEmbeddedStore({ directory: join(disk.path, "other") }).start(),
    ).rejects.toMatchObject({ code: "data_directory" });
    expect(performance.now() - before).toBeLessThan(3000);
    run("mount", ["-o", "remount,rw", disk.path]);
    await store.start();
  });

  it(
    "while the store runs lets it read on, and acknowledges nothing",
    { timeout: 60_000 },
    async () => {
      const disk = loopDisk(DISK_MIB, "errors=remount-ro");
      // So many packs that not all of them are open when it happens.
      const store = await openStore(join(disk.path, "store"), { packBytes: 16 * KIB });
      const kept: Kept[] = [];
      for (let count = 0; count < FILES; count += 1) {
        const bytes = seededBytes(10 * KIB, count + 1);
        kept.push({ cid: (await store.add(inPieces(bytes, 64 * KIB))).cid, bytes });
      }
      failDisk(disk);
      for (let round = 0; round < 3; round += 1) {
        expect(await addUntilRefused(store, 100_000, kept)).toBe("unavailable");
        expect(kept).toHaveLength(FILES);
        await expectAll(store, kept);
      }
      const unpinned = kept.slice(0, 1).map(async ({ cid }) => store.unpin(cid));
      await expect(Promise.all(unpinned)).rejects.toMatchObject({ code: "unavailable" });
      await store.stop();
      disk.unmount();
      // Status 1: there was something to repair.
      run("sh", ["-c", 'e2fsck -p -f "$0" || [ $? -eq 1 ]', disk.image]);
      run("mount", ["-o", "loop", disk.image, disk.path]);
      try {
        await store.start();
        await expectAll(store, kept);
        expect(await all(store.blocks.scrub())).toEqual([]);
        await store.stop();
      } finally {
        run("umount", [disk.path]);
      }
    },
  );
});

/** Makes the kernel treat the file system as damaged, so that it goes read-only under the open files. */
function failDisk({ path }: LoopDisk): void {
  const mount = () =>
    readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .find((line) => line.includes(path)) ?? "";
  const device = basename(mount().split(" ")[0] ?? "");
  writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, "for a test");
  expect(mount()).toMatch(/ ext4 [^ ]*\bro\b/);
}
