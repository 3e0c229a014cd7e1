import { open, readFile, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";

import { CID } from "@ipfs-kit/core";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { decodePackHeader, PACK_HEADER_BYTES } from "../src/pack-store/pack-header.ts";
import { encodeHeader, HEADER_BYTES, type PackRecord } from "../src/pack-store/record.ts";
import { encodePin, pinKey } from "../src/pins.ts";
import { openStore, temporaryDirectory } from "./temporary-store.ts";

const SHA2_256_KEY_BYTES = 34;

/**
 * A stopped store of one pack. Its last file, `copy`, holds the pack as it was before, when `gone`
 * was still pinned, and a record that pins `forged`: with the salt of the store, as if that were known.
 */
async function directoryWithForgery() {
  const directory = await temporaryDirectory();
  const pack = join(directory, "packs", "1.pack");
  const store = await openStore(directory);
  const gone = await store.add(inPieces(seededBytes(1000, 1), 1000), { name: "gone" });
  await store.add(inPieces(seededBytes(1000, 2), 1000), { name: "kept" });
  const before = await readFile(pack);
  await store.unpin(gone.cid);
  const salt = decodePackHeader(before) ?? new Uint8Array(16);
  const cid = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
  const pin = { kind: "recursive" as const, cid, name: "forged", size: 1, pinnedAt: new Date(0) };
  const record: PackRecord = { kind: "pin", key: pinKey(cid), payload: encodePin(pin) };
  const forged = [encodeHeader(record, { salt, pack: 1, offset: 0 }), record.payload];
  const content = Buffer.concat([before, ...forged]);
  const copy = await store.add(inPieces(content, content.length), { name: "copy" });
  await store.stop();
  const at = (await readFile(pack)).lastIndexOf(content.subarray(-100)) + 100 - content.length;
  return { directory, pack, copy, content, at };
}

async function pinsAfterRebuild(directory: string): Promise<(string | undefined)[]> {
  await rm(join(directory, "index.db"));
  const store = await openStore(directory);
  return (await store.listPins()).pins.map(({ name }) => name);
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  await file.write(
    byte.map((bits) => bits ^ 1),
    0,
    1,
    at,
  );
  await file.close();
}

describe("records within content", () => {
  it("are not obeyed when the header before them is damaged and the index is lost", async () => {
    const { directory, pack, at } = await directoryWithForgery();
    await flip(pack, at - SHA2_256_KEY_BYTES - HEADER_BYTES + 8);
    expect(await pinsAfterRebuild(directory)).toEqual(["copy", "kept"]);
  });

  it("are not obeyed when the pack ends within them and the index is lost", async () => {
    const { directory, pack, at, content } = await directoryWithForgery();
    await truncate(pack, at + content.length - 1);
    expect(await pinsAfterRebuild(directory)).toEqual(["kept"]);
  });

  it("come out as content like any other", async () => {
    const { directory, copy, content } = await directoryWithForgery();
    await rm(join(directory, "index.db"));
    const store = await openStore(directory);
    expect(await collect(store.read(copy.cid))).toEqual(content);
  });
});

describe("the header of a pack", () => {
  it("may lose either half, and the index be lost too", async () => {
    for (const at of [12, 4096 + 12]) {
      const { directory, pack } = await directoryWithForgery();
      await flip(pack, at);
      expect(await pinsAfterRebuild(directory)).toEqual(["copy", "kept"]);
    }
  });

  it("may be lost as a whole while another pack has one", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory, { packBytes: 1_500_000 });
    for (const seed of [1, 2, 3]) {
      await store.add(inPieces(seededBytes(1_048_576, seed), 1_048_576), { name: `file ${seed}` });
    }
    await store.stop();
    for (const id of [1, 3]) {
      const file = await open(join(directory, "packs", `${id}.pack`), "r+");
      await file.write(Buffer.alloc(PACK_HEADER_BYTES), 0, PACK_HEADER_BYTES, 0);
      await file.close();
    }
    expect(await pinsAfterRebuild(directory)).toEqual(["file 3", "file 2", "file 1"]);
  });

  it("may be lost for good while the index is there: writing goes on in a new pack", async () => {
    const { directory, pack } = await directoryWithForgery();
    const { size } = await stat(pack);
    const file = await open(pack, "r+");
    await file.write(Buffer.alloc(PACK_HEADER_BYTES), 0, PACK_HEADER_BYTES, 0);
    await file.close();
    const store = await openStore(directory);
    const bytes = seededBytes(5000, 9);
    const { cid } = await store.add(inPieces(bytes, 5000), { name: "late" });
    await store.stop();
    expect((await stat(pack)).size).toBe(size);
    const again = await openStore(directory);
    expect(await collect(again.read(cid))).toEqual(Buffer.from(bytes));
    expect((await again.listPins()).pins).toMatchObject([
      { name: "late" },
      { name: "copy" },
      { name: "kept" },
    ]);
  });
});
