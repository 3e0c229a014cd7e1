import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import {
  childArguments,
  openStore,
  temporaryDirectory,
  temporaryStore,
} from "./temporary-store.ts";

const PROGRAM = new URL("fill-up.ts", import.meta.url);
const MIB = 1024 * 1024;
const run = promisify(execFile);

describe("a store that is full", () => {
  it("refuses what exceeds its quota, and goes on", async () => {
    const store = await temporaryStore({ storageMaxBytes: 4 * MIB });
    const kept = await store.add(inPieces(seededBytes(3 * MIB, 1), MIB));
    const tooMuch = store.add(inPieces(seededBytes(2 * MIB, 2), MIB));
    await expect(tooMuch).rejects.toMatchObject({ code: "storage_full" });
    expect((await store.listPins()).pins).toHaveLength(1);
    expect(await collect(store.read(kept.cid))).toHaveLength(3 * MIB);
    // The first block of the refused file stays until garbage is collected.
    await store.add(inPieces(seededBytes(1000, 3), 1000));
    await store.unpin(kept.cid);
  });

  it("lets go of the source of what it refuses", async () => {
    const store = await temporaryStore({ storageMaxBytes: MIB });
    let isLetGo = false;
    async function* source() {
      try {
        for (let seed = 1; ; seed += 1) yield seededBytes(MIB, seed);
      } finally {
        isLetGo = true;
      }
    }
    await expect(store.add(source())).rejects.toMatchObject({ code: "storage_full" });
    expect(isLetGo).toBe(true);
  });

  it("counts content it has already only once", async () => {
    const store = await temporaryStore({ storageMaxBytes: 2 * MIB });
    const bytes = seededBytes(MIB, 1);
    for (let round = 0; round < 5; round += 1) await store.add(inPieces(bytes, MIB));
    expect((await store.listPins()).pins).toHaveLength(1);
  });

  it("writes nothing for content that is here and pinned already", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    const bytes = seededBytes(1000, 1);
    const { cid } = await store.add(inPieces(bytes, 1000), { name: "a" });
    const pack = join(directory, "packs", "1.pack");
    const { size } = await stat(pack);
    await store.add(inPieces(bytes, 1000), { name: "a" });
    await store.add(inPieces(bytes, 1000));
    await store.pin(cid, { name: "a" });
    await store.pin(cid);
    expect((await stat(pack)).size).toBe(size);
    await store.pin(cid, { name: "b" });
    expect((await stat(pack)).size).toBeGreaterThan(size);
    expect((await store.listPins()).pins).toMatchObject([{ name: "b" }]);
  });

  it("keeps content that is added again while it is being unpinned", async () => {
    const store = await temporaryStore();
    const add = async () => store.add(inPieces(seededBytes(1000, 1), 1000), { name: "a" });
    const { cid } = await add();
    const unpinned = store.unpin(cid);
    await Promise.all([unpinned, store.pin(cid, { name: "a" }), add()]);
    expect((await store.listPins()).pins).toMatchObject([{ name: "a" }]);
  });

  it("counts pins against its quota, but lets go of them when it is full", async () => {
    const store = await temporaryStore({ storageMaxBytes: 64 * 1024 });
    const { cid } = await store.add(inPieces(seededBytes(1000, 1), 1000));
    const pinUntilFull = async () => {
      for (let round = 0; round < 1000; round += 1) {
        await store.pin(cid, { name: `${round}`.padStart(4000, "x") });
      }
    };
    await expect(pinUntilFull()).rejects.toMatchObject({ code: "storage_full" });
    await store.unpin(cid);
    expect((await store.listPins()).pins).toEqual([]);
  });

  it.skipIf(process.platform === "win32")(
    "survives a disk without room: reads, and takes what still fits",
    async () => {
      const directory = await temporaryDirectory();
      // In blocks of 512 bytes: 4 MiB. A write beyond fails as on a full disk.
      const command = 'ulimit -f 8192; exec "$0" "$@"';
      const args = ["-c", command, process.execPath, ...childArguments(PROGRAM, directory)];
      const { stdout } = await run("sh", args);
      const expected = ["ok", "storage_full", "ok", "3-50000 whole", "1-3000000 whole"];
      expect(JSON.parse(stdout)).toEqual(expected);
      const store = await openStore(directory);
      expect((await store.listPins()).pins).toHaveLength(2);
    },
  );
});
