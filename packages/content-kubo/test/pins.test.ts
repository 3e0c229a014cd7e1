import { rm } from "node:fs/promises";
import { join } from "node:path";

import { createKuboStore, type KuboStore } from "@ipfs-kit/content-kubo";
import { CID, delay, parseCid, type Pin, type TreeEntry } from "@ipfs-kit/core";
import { describeWithKubo, inPieces, type RunningKubo, startKubo } from "@ipfs-kit/testing";
import { base32upper } from "multiformats/bases/base32";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const EMPTY_FOLDER_V0 = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn";

describeWithKubo("pins in Kubo", () => {
  let kubo: RunningKubo;
  let store: KuboStore;
  beforeEach(async () => {
    kubo = await startKubo();
    store = createKuboStore({ api: kubo.api });
    await store.start();
    await store.unpin(parseCid(EMPTY_FOLDER_V0));
  });
  afterEach(async () => {
    await store.stop();
    await kubo.stop();
  });

  async function addText(text: string, name?: string): Promise<CID> {
    const { cid } = await store.add(inPieces(Buffer.from(text), 10), { name });
    return cid;
  }

  async function allPins(limit: number): Promise<Pin[]> {
    const all: Pin[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const page = await store.listPins({ limit, ...(cursor === "" ? {} : { cursor }) });
      expect(page.pins.length).toBeLessThanOrEqual(limit);
      all.push(...page.pins);
      cursor = page.nextCursor;
    }
    return all;
  }

  it("are listed once each, in the order of their CIDs, whatever the page", async () => {
    const cids: string[] = [];
    for (let file = 0; file < 25; file += 1) cids.push(String(await addText(`file ${file}`)));
    for (const limit of [1, 7, 25, 1000]) {
      expect((await allPins(limit)).map(({ cid }) => cid.toString())).toEqual(cids.toSorted());
    }
  });

  it("stay in order while pins come and go between two pages", async () => {
    for (let file = 0; file < 10; file += 1) await addText(`file ${file}`, `${file}`);
    const first = await store.listPins({ limit: 5 });
    const [gone] = (await store.listPins({ limit: 10 })).pins.slice(-1);
    await store.unpin(gone?.cid ?? parseCid(EMPTY_FOLDER_V0));
    // Not through the store: it must not go by what it picked out before.
    await kubo.run(["pin", "add", EMPTY_FOLDER_V0]);
    const second = await store.listPins({ limit: 100, cursor: first.nextCursor ?? "" });
    expect(second.pins).toHaveLength(4);
    expect(second.nextCursor).toBeUndefined();
  });

  it("tell direct from recursive ones", async () => {
    const recursive = await addText("recursive");
    const { cid: direct } = await store.add(inPieces(Buffer.from("direct"), 10), { pin: false });
    await store.pin(direct, { kind: "direct", name: "only this" });
    const { pins } = await store.listPins({ kind: "direct" });
    expect(pins).toMatchObject([{ kind: "direct", name: "only this" }]);
    expect(await store.findPin(recursive)).toMatchObject({ kind: "recursive" });
    await expect(store.pin(recursive, { kind: "direct" })).rejects.toMatchObject({
      code: "invalid_state",
    });
    await store.pin(direct);
    expect(await store.findPin(direct)).toMatchObject({ kind: "recursive", name: "only this" });
  });

  it("are one for both versions of a CID", async () => {
    const v0 = parseCid(EMPTY_FOLDER_V0);
    await store.pin(v0, { name: "nothing" });
    expect(await store.findPin(v0.toV1())).toMatchObject({ name: "nothing", size: 0 });
    await store.pin(v0.toV1());
    expect((await store.listPins()).pins).toHaveLength(1);
    await store.unpin(v0.toV1());
    expect((await store.listPins()).pins).toEqual([]);
  });

  it("are let go under both versions of a CID, should others have pinned both", async () => {
    const v0 = parseCid(EMPTY_FOLDER_V0);
    await kubo.run(["pin", "add", v0.toString(), v0.toV1().toString()]);
    await store.unpin(v0.toV1());
    expect((await store.listPins()).pins).toEqual([]);
  });

  it.each(["add", "pin", "unpin and add"])(
    "stay for whoever got one by %s before the reader of an added tree left",
    async (how) => {
      const text = Buffer.from("in a tree");
      for await (const { cid } of store.addTree(treeOf(text))) {
        if (how.startsWith("unpin")) await store.unpin(cid);
        await (how === "pin" ? store.pin(cid) : store.add(inPieces(text, 5)));
        break;
      }
      const { pins } = await store.listPins();
      expect(pins).toHaveLength(1);
      expect(pins[0]?.name).toBe(how.startsWith("unpin") ? undefined : "a");
    },
  );

  it("that are direct stay when the reader of an added tree leaves", async () => {
    const { cid } = await store.add(inPieces(Buffer.from("direct"), 10), { pin: false });
    await store.pin(cid, { kind: "direct" });
    for await (const _ of store.addTree(treeOf(Buffer.from("direct")))) break;
    expect((await store.listPins()).pins.map((pin) => pin.cid.toString())).toEqual([String(cid)]);
  });

  it(
    "are given to more adds at a time than there are connections",
    { timeout: 30_000 },
    async () => {
      const timeouts = { idleMs: 500 };
      await using busy = createKuboStore({ api: kubo.api, timeouts });
      await busy.start();
      const isEnough = Promise.withResolvers<void>();
      async function* slowSource() {
        yield Buffer.from("slow");
        await isEnough.promise;
      }
      const slow = Array.from({ length: 128 }, async () => busy.add(slowSource(), { pin: false }));
      const late = busy.add(inPieces(Buffer.alloc(3_000_000, "x"), 100_000));
      late.catch(() => {});
      await delay(1_000);
      isEnough.resolve();
      await Promise.all(slow);
      expect(await late).toMatchObject({ size: 3_000_000 });
    },
  );

  it("keep their name when the content is added again without one", async () => {
    const cid = await addText("again", "first");
    await addText("again");
    expect(await store.findPin(cid)).toMatchObject({ name: "first" });
    await addText("again", "second");
    expect(await store.findPin(cid)).toMatchObject({ name: "second" });
  });

  it("are not lost when a pin is renamed whose blocks are no longer all there", async () => {
    const source = inPieces(Buffer.alloc(3_000_000, "x"), 100_000);
    const { cid } = await store.add(source, { name: "old", chunkBytes: 1_000_000 });
    const [leaf = ""] = (await kubo.run(["refs", cid.toString()])).split("\n");
    await kubo.kill();
    await removeBlockFile(kubo.repo, CID.parse(leaf));
    await kubo.restart();
    // Kubo itself takes the pin away first, and does not give it back.
    const renamed = store.pin(cid, { name: "new" });
    await expect(renamed).rejects.toMatchObject({ code: "not_found" });
    expect(await store.findPin(cid)).toMatchObject({ kind: "recursive", name: "old" });
  });

  it("are told of once when the same is added by many", async () => {
    const heard = vi.fn<(detail: unknown) => void>();
    store.events.on("pin_added", heard);
    const adds = Array.from({ length: 8 }, async (_, index) => addText("the same", `${index}`));
    const [cid] = await Promise.all(adds);
    expect(heard).toHaveBeenCalledOnce();
    expect((await store.listPins()).pins).toHaveLength(1);
    expect((await store.findPin(cid ?? parseCid(EMPTY_FOLDER_V0)))?.name).toMatch(/^[0-7]$/);
  });
});

/** Two files without a folder: two roots. */
async function* treeOf(text: Uint8Array): AsyncGenerator<TreeEntry> {
  yield { path: "a", content: inPieces(text, 5) };
  yield { path: "b", content: inPieces(Buffer.from("other"), 5) };
}

/** Takes a block out of a repository that no daemon is running on, as a bad disk would. */
async function removeBlockFile(repo: string, cid: CID): Promise<void> {
  const key = base32upper.baseEncode(cid.multihash.bytes);
  await rm(join(repo, "blocks", key.slice(-3, -1), `${key}.data`));
}
