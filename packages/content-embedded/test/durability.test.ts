import { readlinkSync } from "node:fs";
import { cp, mkdir, open, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";

import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { openStore, temporaryDirectory } from "./temporary-store.ts";

/** What all open files have their calls from. */
async function fileCalls(): Promise<FileHandle> {
  const file = await open(import.meta.filename);
  await file.close();
  onTestFinished(() => void vi.restoreAllMocks());
  return Object.getPrototypeOf(file);
}

describe("names", () => {
  it.skipIf(process.platform !== "linux")(
    "are made durable at every start, whatever a kill left unsynced",
    async () => {
      const directory = join(await temporaryDirectory(), "store");
      await mkdir(join(directory, "packs"), { recursive: true });
      const synced = new Set<string>();
      const calls = await fileCalls();
      vi.spyOn(calls, "sync").mockImplementation(async function noted(this: FileHandle) {
        synced.add(readlinkSync(`/proc/self/fd/${this.fd}`));
        return this.datasync();
      });
      await openStore(directory);
      const names = [join(directory, "packs"), directory, dirname(directory)];
      expect([...synced]).toEqual(expect.arrayContaining(names));
    },
  );

  it.each([
    ["nothing", 0],
    ["part of its header", 5000],
  ])("of a pack that holds %s stand in nobody's way", async (_, bytes) => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "packs"));
    await writeFile(join(directory, "packs", "1.pack"), new Uint8Array(bytes));
    const store = await openStore(directory);
    const content = seededBytes(5000, 1);
    const { cid } = await store.add(inPieces(content, 5000), { name: "kept" });
    await store.stop();
    await rm(join(directory, "index.db"));
    const again = await openStore(directory);
    expect(await collect(again.read(cid))).toEqual(Buffer.from(content));
    expect((await again.listPins()).pins).toMatchObject([{ name: "kept" }]);
  });
});

describe("a group that failed and cannot be cut back", () => {
  it("does not come back after a crash", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    await store.add(inPieces(seededBytes(1000, 1), 1000), { name: "kept" });
    const { cid } = await store.add(inPieces(seededBytes(1000, 2), 1000), { pin: false });
    const calls = await fileCalls();
    const failure = new Error("EIO: i/o error");
    vi.spyOn(calls, "datasync").mockRejectedValueOnce(failure);
    vi.spyOn(calls, "truncate").mockRejectedValueOnce(failure);
    await expect(store.pin(cid, { name: "failed" })).rejects.toThrow("EIO");
    // What a crash at this moment would leave behind.
    const crashed = await temporaryDirectory();
    await cp(directory, crashed, { recursive: true });
    const { pins } = await (await openStore(crashed)).listPins();
    expect(pins).toMatchObject([{ name: "kept" }]);
    // And without one, writing goes on in the next pack.
    await store.add(inPieces(seededBytes(1000, 3), 1000), { name: "late" });
    await store.stop();
    const again = await openStore(directory);
    expect((await again.listPins()).pins).toMatchObject([{ name: "late" }, { name: "kept" }]);
  });
});

describe("the name of a file", () => {
  it("is refused above 4 KiB, and survives a rebuild up to that", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    const name = "ü".repeat(2048);
    const { cid } = await store.add(inPieces(seededBytes(10, 1), 10), { name });
    const expected = { code: "invalid_request" };
    const tooLong = { name: `${name}x` };
    await expect(store.pin(cid, tooLong)).rejects.toMatchObject(expected);
    await expect(store.add(inPieces(seededBytes(9, 1), 9), tooLong)).rejects.toMatchObject(
      expected,
    );
    await store.stop();
    await rename(join(directory, "index.db"), join(directory, "index.gone"));
    const again = await openStore(directory);
    expect((await again.listPins()).pins).toMatchObject([{ name }]);
  });
});
