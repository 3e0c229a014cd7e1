import { createKuboStore, type KuboStore } from "@ipfs-kit/content-kubo";
import { CID, type ImportSettings, type TreeEntry } from "@ipfs-kit/core";
import {
  collect,
  describeWithKubo,
  inPieces,
  type RunningKubo,
  seededBytes,
  startKubo,
} from "@ipfs-kit/testing";
import { create as createRpcClient, type KuboRPCClient } from "kubo-rpc-client";
import { afterAll, beforeAll, expect, it } from "vitest";

/** What Kubo's own `add` is told to make the same of a file as a profile does. */
const KUBO_ARGUMENTS: readonly [ImportSettings, string[]][] = [
  [
    { profile: "unixfs-v1-2025" },
    ["--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024"],
  ],
  [
    { profile: "unixfs-v0-2015" },
    ["--cid-version=0", "--raw-leaves=false", "--chunker=size-262144", "--max-file-links=174"],
  ],
  [
    { profile: "unixfs-v1-2025", chunkBytes: 65_536 },
    ["--cid-version=1", "--raw-leaves", "--chunker=size-65536", "--max-file-links=1024"],
  ],
];

async function* site(): AsyncGenerator<TreeEntry> {
  yield { path: "site/index.html", content: inPieces(Buffer.from("<p>hello"), 3) };
  yield { path: "site/css/main.css", content: inPieces(Buffer.from("p {}"), 4) };
}

describeWithKubo("what others see of what was written", () => {
  let kubo: RunningKubo;
  let store: KuboStore;
  let client: KuboRPCClient;
  beforeAll(async () => {
    kubo = await startKubo();
    store = createKuboStore({ api: kubo.api });
    await store.start();
    client = createRpcClient({ url: kubo.api });
  });
  afterAll(async () => {
    await store.stop();
    await kubo.stop();
  });

  it.each(KUBO_ARGUMENTS)("is named by Kubo as it is here: %j", async (settings, args) => {
    for (const size of [0, 1, 262_144, 262_145, 3_000_001]) {
      const bytes = seededBytes(size, size + 1);
      const { cid } = await store.add(inPieces(bytes, 100_000), settings);
      const named = await kubo.run(["add", "-Q", "--only-hash", ...args], { input: bytes });
      expect(cid.toString()).toBe(named.trim());
    }
  });

  it("is pinned, under its name, and read whole by kubo-rpc-client", async () => {
    const bytes = seededBytes(3_000_000, 7);
    const { cid } = await store.add(inPieces(bytes, 100_000), { name: "a file" });
    const pins = [];
    for await (const pin of client.pin.ls({ paths: [cid.toString()], names: true })) pins.push(pin);
    expect(pins).toMatchObject([{ type: "recursive", name: "a file" }]);
    expect(Buffer.from(bytes).equals(await collect(client.cat(cid.toString())))).toBe(true);
  });

  it("is a folder to the ipfs command", async () => {
    const added = [];
    for await (const entry of store.addTree(site())) added.push(entry);
    const root = added.at(-1)?.cid.toString() ?? "";
    expect(await kubo.run(["cat", `${root}/index.html`])).toBe("<p>hello");
    expect(await kubo.run(["ls", `${root}/css`])).toContain("main.css");
  });

  it("is found when others wrote it, and read in part", async () => {
    const bytes = seededBytes(2_000_000, 8);
    const text = (await kubo.run(["add", "-Q", "--pin-name=theirs"], { input: bytes })).trim();
    const { pins } = await store.listPins({ limit: 1000 });
    const pin = pins.find(({ cid }) => cid.toString() === text);
    expect(pin).toMatchObject({ kind: "recursive", name: "theirs" });
    expect(await store.findPin(CID.parse(text))).toMatchObject({ size: bytes.length });
    const read = await collect(store.read(CID.parse(text), { offset: 999_999, length: 7 }));
    expect([...read]).toEqual([...bytes.subarray(999_999, 1_000_006)]);
  });
});
