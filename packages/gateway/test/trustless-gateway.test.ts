import { MemoryBlocks } from "@ipfs-kit/content-memory";
import { CID } from "@ipfs-kit/core";
import { createGateway } from "@ipfs-kit/gateway";
import { seededBytes } from "@ipfs-kit/testing";
import { CarReader } from "@ipld/car";
import { beforeAll, describe, expect, it } from "vitest";

import { DagMaker, type Made } from "./support/dags.ts";
import { bytesOf } from "./support/serve-gateway.ts";

const CAR = "application/vnd.ipld.car";

const blocks = new MemoryBlocks();
const dags = new DagMaker(blocks);
const gateway = createGateway({ blocks });

/** root/{dir/{a.txt, file, copy}, doc}: names of the parts, in the order of a depth-first walk. */
const parts = new Map<string, CID>();
let file: Made & { leaves: CID[] };

beforeAll(async () => {
  const text = await dags.raw("text");
  file = await dags.file(seededBytes(1_026, 5), 256);
  const dir = await dags.directory({ "a.txt": text, copy: file, file });
  const doc = await dags.cbor({ files: { text: text.cid, dir: dir.cid } });
  const made = { cid: doc, dagSize: 1, size: 1 };
  const root = await dags.directory({ dir, doc: made });
  for (const [name, { cid }] of Object.entries({ text, dir, root, file, doc: made })) {
    parts.set(name, cid);
  }
  for (const [index, leaf] of file.leaves.entries()) parts.set(`leaf${index}`, leaf);
});

const cidOf = (name: string): string => parts.get(name)?.toString() ?? name;

async function get(path: string, headers: Record<string, string> = {}) {
  return gateway.request(
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => cidOf(name)),
    { headers },
  );
}

function nameOf(bytes: Uint8Array): string {
  const cid = CID.decode(bytes);
  return Array.from(parts).find(([, part]) => part.equals(cid))?.[0] ?? cid.toString();
}

/** The blocks of a CAR by their names here; each has the bytes it should. */
async function carOf(answer: Response): Promise<{ roots: string[]; blocks: string[] }> {
  const reader = await CarReader.fromBytes(await bytesOf(answer));
  const found: string[] = [];
  for await (const { cid, bytes } of reader.blocks()) {
    expect(bytes).toEqual(await blocks.get(CID.decode(cid.bytes)));
    found.push(nameOf(cid.bytes));
  }
  const roots = await reader.getRoots();
  return { roots: roots.map((cid) => nameOf(cid.bytes)), blocks: found };
}

const FILE = ["file", "leaf0", "leaf1", "leaf2", "leaf3", "leaf4"];

describe("a block", () => {
  it("comes as it is, to be verified", async () => {
    const answer = await get("/ipfs/{file}?format=raw");

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/vnd.ipld.raw",
      "content-disposition": expect.stringContaining(`attachment; filename="${cidOf("file")}.bin"`),
      etag: `"${cidOf("file")}.raw"`,
      "x-content-type-options": "nosniff",
      "x-ipfs-roots": cidOf("file"),
      "cache-control": "public, max-age=29030400, immutable",
    });
    expect(await bytesOf(answer)).toEqual(await blocks.get(file.cid));
  });

  it("comes in part, by path, under another name", async () => {
    const headers = { accept: "application/vnd.ipld.raw", range: "bytes=1-2" };
    const answer = await get("/ipfs/{root}/dir/a.txt?filename=foobar.bin", headers);

    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe("bytes 1-2/4");
    expect(answer.headers.get("content-disposition")).toContain('filename="foobar.bin"');
    expect(await answer.text()).toBe("ex");
  });
});

describe("a CAR", () => {
  it.each([
    { path: "/ipfs/{root}/dir/a.txt", query: "", expected: ["root", "dir", "text"] },
    { path: "/ipfs/{file}", query: "", expected: FILE },
    { path: "/ipfs/{dir}", query: "", expected: ["dir", "text", ...FILE] },
    { path: "/ipfs/{dir}", query: "&car-dups=y", expected: ["dir", "text", ...FILE, ...FILE] },
    { path: "/ipfs/{root}/dir", query: "&dag-scope=block", expected: ["root", "dir"] },
    { path: "/ipfs/{root}/dir", query: "&dag-scope=entity", expected: ["root", "dir"] },
    { path: "/ipfs/{dir}/file", query: "&dag-scope=entity", expected: ["dir", ...FILE] },
    { path: "/ipfs/{root}/doc", query: "&dag-scope=entity", expected: ["root", "doc"] },
    { path: "/ipfs/{doc}/files/text", query: "", expected: ["doc", "text"] },
    { path: "/ipfs/{doc}/files", query: "", expected: ["doc"] },
    { path: "/ipfs/{doc}/files/dir/a.txt", query: "", expected: ["doc", "dir", "text"] },
    { path: "/ipfs/{file}", query: "&entity-bytes=0:*", expected: FILE },
    { path: "/ipfs/{file}", query: "&entity-bytes=0:0", expected: ["file", "leaf0"] },
    { path: "/ipfs/{file}", query: "&entity-bytes=512:1023", expected: ["file", "leaf2", "leaf3"] },
    { path: "/ipfs/{file}", query: "&entity-bytes=512:-256", expected: ["file", "leaf2", "leaf3"] },
    { path: "/ipfs/{file}", query: "&entity-bytes=-5:*", expected: ["file", "leaf3", "leaf4"] },
    { path: "/ipfs/{file}", query: "&entity-bytes=-9999:-3", expected: FILE.slice(0, 5) },
    { path: "/ipfs/{dir}", query: "&entity-bytes=0:*", expected: ["dir"] },
    { path: "/ipfs/{dir}", query: "&entity-bytes=0:0&dag-scope=block", expected: ["dir"] },
  ])("of $path$query has the blocks that prove it", async ({ path, query, expected }) => {
    const answer = await get(`${path}?format=car${query}`);
    const car = await carOf(answer);

    expect(answer.status).toBe(200);
    expect(car.blocks).toEqual(expected);
    expect(answer.headers.get("accept-ranges")).toBe("none");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename=".*\.car"/);
  });

  it("needs only the blocks of the bytes it is asked for", async () => {
    const holey = await dags.file(seededBytes(3_072, 7), 1_024);
    const [first = holey.cid, second = holey.cid, third = holey.cid] = holey.leaves;
    await blocks.delete(second);
    const path = `/ipfs/${holey.cid.toString()}?format=car&entity-bytes=`;

    const start = await carOf(await get(`${path}0:1000`));
    const end = await carOf(await get(`${path}2200:*`));

    expect(start.blocks).toEqual([holey.cid, first].map(String));
    expect(end.blocks).toEqual([holey.cid, third].map(String));
  });

  it("never has identity blocks; the probe is empty", async () => {
    const probe = await get("/ipfs/bafkqaaa?format=car");
    const car = await carOf(probe);
    const head = await gateway.request("/ipfs/bafkqaaa?format=car", { method: "HEAD" });

    expect(car).toEqual({ roots: ["bafkqaaa"], blocks: [] });
    expect(head.status).toBe(200);
  });

  it.each([
    { accept: CAR, type: `${CAR}; version=1; order=dfs; dups=n` },
    { accept: `${CAR}; order=unk; dups=y`, type: `${CAR}; version=1; order=dfs; dups=y` },
  ])("for $accept says what it is", async ({ accept, type }) => {
    const answer = await get("/ipfs/{dir}", { accept });

    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("content-location")).toContain("format=car");
  });

  it("has a tag of its own for everything that changes it", async () => {
    const queries = [
      "",
      "&dag-scope=block",
      "&dag-scope=entity",
      "&entity-bytes=0:1",
      "&car-dups=y",
    ];
    const tags = new Set<string | null>();
    for (const query of queries) {
      const path = `/ipfs/{dir}/file?format=car${query}`;
      const etag = (await get(path)).headers.get("etag");
      tags.add(etag);
      expect((await get(path, { "if-none-match": etag ?? "" })).status).toBe(304);
    }
    tags.add((await get("/ipfs/{dir}/copy?format=car")).headers.get("etag"));

    expect(tags.size).toBe(queries.length + 1);
    expect(Array.from(tags).every((tag) => tag?.startsWith(`W/"${cidOf("dir")}.car.`))).toBe(true);
  });

  it.each([
    { query: "dag-scope=some", status: 400 },
    { query: "car-version=2", status: 400 },
    { query: "car-order=random", status: 400 },
    { query: "car-dups=maybe", status: 400 },
    { query: "entity-bytes=", status: 400 },
    { query: "entity-bytes=5:1", status: 400 },
    { query: "entity-bytes=-1:-5", status: 400 },
    { query: "entity-bytes=0", status: 400 },
    { query: "entity-bytes=*:5", status: 400 },
    { query: "entity-bytes=0:99999999999999999", status: 400 },
  ])("with $query is refused", async ({ query, status }) => {
    expect((await get(`/ipfs/{dir}?format=car&${query}`)).status).toBe(status);
  });

  it("of what is not here is not found, whole or on the way", async () => {
    const absent = "bafkreigzafgemjeejks3vqyuo46ww2e22rt7utq5djikdofjtvnjl5zp6u";

    expect((await get(`/ipfs/${absent}?format=car`)).status).toBe(404);
    expect((await get("/ipfs/{dir}/nothing?format=car")).status).toBe(404);
  });
});
