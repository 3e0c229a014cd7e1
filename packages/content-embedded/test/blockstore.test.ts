import { unixfs } from "@helia/unixfs";
import { createBlockstore } from "@ipfs-kit/content-embedded";
import { collect, inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { openStore, temporaryDirectory, temporaryStore } from "./temporary-store.ts";
import { isSame } from "./streams.ts";

describe("under Helia's UnixFS", () => {
  it("takes in files and gives them out, and what is stored is what the store reads", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    const fs = unixfs({ blockstore: createBlockstore(store) });
    const bytes = seededBytes(5_000_000, 1);
    const cid = await fs.addByteStream(inPieces(bytes, 100_000));
    const part = await collect(fs.cat(cid, { offset: 1_500_000, length: 2_000_000 }));
    expect(isSame(part, bytes.subarray(1_500_000, 3_500_000))).toBe(true);
    const folder = await fs.cp(cid, await fs.addDirectory(), "film.bin");
    await store.stop();
    await store.start();
    expect((await fs.stat(folder, { path: "film.bin" })).cid.toString()).toBe(cid.toString());
    expect(isSame(await collect(store.read(cid)), bytes)).toBe(true);
  });

  it("reads what was added to the store", async () => {
    const store = await temporaryStore();
    const bytes = seededBytes(3_000_000, 2);
    const { cid } = await store.add(inPieces(bytes, 100_000));
    const fs = unixfs({ blockstore: createBlockstore(store) });
    expect(isSame(await collect(fs.cat(cid)), bytes)).toBe(true);
  });
});

describe("a blockstore on a store with pins", () => {
  it("removes what nobody pinned, and nothing else", async () => {
    const store = await temporaryStore();
    const blockstore = createBlockstore(store);
    const { cid } = await store.add(inPieces(seededBytes(1000, 1), 1000));
    await expect(blockstore.delete(cid)).rejects.toMatchObject({ code: "invalid_state" });
    await store.unpin(cid);
    await blockstore.delete(cid);
    await blockstore.delete(cid);
    expect(await blockstore.has(cid)).toBe(false);
  });
});
