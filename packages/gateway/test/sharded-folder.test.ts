import { MemoryBlocks } from "@ipfs-kit/content-memory";
import { CID, type TreeEntry } from "@ipfs-kit/core";
import { createGateway } from "@ipfs-kit/gateway";
import { importTree, listDirectory, resolvePath } from "@ipfs-kit/unixfs";
import { CarReader } from "@ipld/car";
import { beforeAll, describe, expect, it } from "vitest";

import { bytesOf } from "./support/serve-gateway.ts";

const ENTRIES = 3_000;
const NAMES = Array.from({ length: ENTRIES }, (_, index) => `${"entry-".repeat(15)}${index}.txt`);

const blocks = new MemoryBlocks();
const gateway = createGateway({ blocks });
let root = "";

async function* tree(): AsyncGenerator<TreeEntry, void> {
  for (const name of NAMES) {
    yield {
      path: `big/${name}`,
      // oxlint-disable-next-line func-names -- the one chunk of the file
      content: (async function* () {
        yield new TextEncoder().encode(name);
      })(),
    };
  }
}

beforeAll(async () => {
  for await (const { cid } of importTree(blocks, tree())) root = cid.toString();
});

/** What a client has that got a CAR and nothing else. */
async function blocksOf(answer: Response): Promise<{ held: MemoryBlocks; count: number }> {
  const reader = await CarReader.fromBytes(await bytesOf(answer));
  const held = new MemoryBlocks();
  let count = 0;
  for await (const { cid, bytes } of reader.blocks()) {
    await held.put(CID.decode(cid.bytes), bytes);
    count += 1;
  }
  return { held, count };
}

describe("a sharded folder", () => {
  it("is listed with every name, once", async () => {
    const page = await (await gateway.request(`/ipfs/${root}/`)).text();
    const listed = Array.from(page.matchAll(/>(entry-[^<]*)</g), ([, name = ""]) => name);

    expect(listed).toHaveLength(ENTRIES);
    expect(new Set(listed)).toEqual(new Set(NAMES));
  });

  it("is gone through without showing its shards", async () => {
    const [name = ""] = NAMES;
    const answer = await gateway.request(`/ipfs/${root}/${name}`);

    expect(await answer.text()).toBe(name);
    expect(answer.headers.get("x-ipfs-roots")?.split(",")).toHaveLength(2);
    expect((await gateway.request(`/ipfs/${root}/00${name}`)).status).toBe(404);
  });

  it("is proven by the few blocks on the way to an entry", async () => {
    const [, name = ""] = NAMES;
    const { held, count } = await blocksOf(
      await gateway.request(`/ipfs/${root}/${name}?format=car&dag-scope=block`),
    );
    const { cid } = await resolvePath(held, CID.parse(root), [name]);

    expect(new TextDecoder().decode(await held.get(cid))).toBe(name);
    expect(count).toBeLessThan(6);
  });

  it("can be listed from a CAR of the entity, which has none of the files", async () => {
    const { held, count } = await blocksOf(
      await gateway.request(`/ipfs/${root}?format=car&dag-scope=entity`),
    );
    const names: string[] = [];
    for await (const { name } of listDirectory(held, CID.parse(root))) names.push(name);

    expect(names).toHaveLength(ENTRIES);
    expect(count).toBeLessThan(ENTRIES);
  });

  it("is listed for as long as its shards are here, then visibly cut", async () => {
    const { held } = await blocksOf(
      await gateway.request(`/ipfs/${root}?format=car&dag-scope=entity`),
    );
    const { via } = await resolvePath(held, CID.parse(root), [NAMES.at(-1) ?? ""]);
    await held.delete(via.at(-1) ?? CID.parse(root));
    const answer = await createGateway({ blocks: held }).request(`/ipfs/${root}/`);

    await expect(bytesOf(answer)).rejects.toMatchObject({ code: "not_found" });
  });
});
