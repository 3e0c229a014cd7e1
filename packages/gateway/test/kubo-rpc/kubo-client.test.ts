import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { CID } from "@ipfs-kit/core";
import { collect, seededBytes } from "@ipfs-kit/testing";
import { create, type KuboRPCClient } from "kubo-rpc-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type RpcServer, startRpc } from "./support/rpc-server.ts";

const store = createMemoryRepository();
let rpc: RpcServer;
/** The client that IPFS applications use to talk to Kubo; nobody here wrote it. */
let client: KuboRPCClient;

beforeAll(async () => {
  rpc = await startRpc({ store });
  client = create({ url: rpc.url });
});

afterAll(async () => {
  await rpc?.[Symbol.asyncDispose]();
});

async function listed<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const big = seededBytes(3_000_000, 11);

/** The last one told. */
function rootOf(added: readonly { cid: unknown }[]): CID {
  const root = CID.asCID(added.at(-1)?.cid);
  if (root === null) throw new Error("there is no root");
  return root;
}

/** A folder with two files and a folder in it; its root. */
async function addFolder(): Promise<CID> {
  const files = [
    { path: "site/index.html", content: "<h1>hello</h1>" },
    { path: "site/media/big.bin", content: big },
  ];
  const added = await listed(client.addAll(files));
  return rootOf(added);
}

describe("Kubo's own client", () => {
  it("adds a file, with the size Kubo tells", async () => {
    const added = await client.add("hello world");
    expect(added.cid.toString()).toBe(
      "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
    );
    expect(added.size).toBe(11);
  });

  it("adds under CIDs of version 0", async () => {
    const added = await client.add("hello world", { cidVersion: 0 });
    expect(added.cid.toString()).toBe("Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD");
  });

  it("adds folders, the root last, and reads them back", async () => {
    const added = await listed(
      client.addAll([
        { path: "a/b.txt", content: "b" },
        { path: "a/c/d.txt", content: "d" },
      ]),
    );
    expect(added.map(({ path }) => path)).toEqual(["a/b.txt", "a/c/d.txt", "a/c", "a"]);
    const root = rootOf(added);
    expect(text(await collect(client.cat(`${root.toString()}/c/d.txt`)))).toBe("d");
  });

  it("wraps a file into a folder", async () => {
    const added = await listed(
      client.addAll([{ path: "x.txt", content: "x" }], { wrapWithDirectory: true }),
    );
    expect(added.map(({ path }) => path)).toEqual(["x.txt", ""]);
  });

  it("reads a part of a file", async () => {
    const { cid } = await client.add(big);
    const part = await collect(client.cat(cid, { offset: 1_048_000, length: 2_000 }));
    expect(Buffer.compare(part, big.subarray(1_048_000, 1_050_000))).toBe(0);
    expect(Buffer.compare(await collect(client.cat(cid)), big)).toBe(0);
  });

  it("lists a folder", async () => {
    const entries = await listed(client.ls(await addFolder()));
    expect(entries.map(({ name, type, size }) => ({ name, type, size }))).toEqual([
      { name: "index.html", type: "file", size: 14 },
      { name: "media", type: "dir", size: 0 },
    ]);
  });

  it("gets a folder as a tar", async () => {
    const root = await addFolder();
    const tar = await collect(client.get(root));
    expect(Buffer.from(tar).includes(`${root.toString()}/media/big.bin`)).toBe(true);
    expect(tar.byteLength % 512).toBe(0);
    expect(tar.byteLength).toBeGreaterThan(big.byteLength);
  });

  it("pins, lists pins and lets go", async () => {
    const { cid } = await client.add("to be pinned", { pin: false });
    expect(await listed(client.pin.ls({ type: "recursive" }))).not.toContainEqual(
      expect.objectContaining({ cid }),
    );
    expect((await client.pin.add(cid, { name: "mine" })).toString()).toBe(cid.toString());
    const pins = await listed(client.pin.ls({ paths: cid }));
    expect(pins.map((pin) => [pin.cid.toString(), pin.type])).toEqual([
      [cid.toString(), "recursive"],
    ]);
    await client.pin.rm(cid);
    await expect(listed(client.pin.ls({ paths: cid }))).rejects.toThrow("is not pinned");
    await expect(client.pin.rm(cid)).rejects.toThrow("not pinned or pinned indirectly");
  });

  it("puts, gets, looks at and removes a block", async () => {
    const cid = await client.block.put(Buffer.from("a block of its own"));
    expect(text(await client.block.get(cid))).toBe("a block of its own");
    expect(await client.block.stat(cid)).toMatchObject({ size: 18 });
    expect(await listed(client.block.rm(cid))).toEqual([expect.objectContaining({ cid })]);
    await expect(client.block.stat(cid)).rejects.toThrow(cid.toString());
  });

  it("puts and gets nodes, also parts of them", async () => {
    const cid = await client.dag.put({ a: [1, { b: "c" }], bytes: Uint8Array.of(1, 2) });
    expect((await client.dag.get(cid, { path: "/a/1/b" })).value).toBe("c");
    expect((await client.dag.get(cid)).value).toEqual({
      a: [1, { b: "c" }],
      bytes: Uint8Array.of(1, 2),
    });
    expect((await client.dag.resolve(`${cid.toString()}/a/1`)).remainderPath).toBe("/a/1");
  });

  it("exports and imports an archive", async () => {
    const root = await addFolder();
    const archive = await collect(client.dag.export(root));
    const [imported] = await listed(
      client.dag.import(
        (async function* () {
          yield archive;
        })(),
      ),
    );
    expect(imported?.root.cid.toString()).toBe(root.toString());
    expect(imported?.root.pinErrorMsg).toBe("");
  });

  it("asks about files, references and the repository", async () => {
    const root = await addFolder();
    expect(await client.files.stat(`/ipfs/${root.toString()}`)).toMatchObject({
      type: "directory",
      blocks: 2,
    });
    expect(await listed(client.refs(root, { recursive: true }))).toHaveLength(6);
    expect(await client.resolve(`/ipfs/${root.toString()}/media`)).toMatch(/^\/ipfs\/bafybei/);
    const { repoPath, repoSize } = await client.repo.stat();
    expect(repoPath).toContain("memory");
    expect(repoSize).toBeGreaterThan(3_000_000n);
  });

  it("collects garbage", async () => {
    const cid = await client.block.put(Buffer.from("nobody needs this"));
    const removed = await listed(client.repo.gc());
    expect(removed.map((gone) => gone.cid?.multihash.digest)).toContainEqual(cid.multihash.digest);
  });

  it("reads the version", async () => {
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+/);
    expect(await client.swarm.peers()).toEqual([]);
  });

  it("is told in words what cannot be done", async () => {
    await expect(client.id()).rejects.toThrow("no peer id");
    await expect(client.files.mkdir("/x")).rejects.toThrow("files/mkdir");
    await expect(collect(client.cat(await addFolder()))).rejects.toThrow("is a directory");
  });
});
