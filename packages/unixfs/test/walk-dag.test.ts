import * as dagCbor from "@ipld/dag-cbor";
import {
  AbortedError,
  type AbortOptions,
  type Block,
  type BlockSource,
  CID,
  DAG_PB,
  verifyBlock,
} from "@ipfs-kit/core";
import {
  assertComplete,
  listDirectory,
  readFile,
  walkDag,
  type WalkOptions,
} from "@ipfs-kit/unixfs";
import { beforeEach, describe, expect, it } from "vitest";

import { identity, MemoryBlocks, versionZero } from "./memory-blocks.ts";

const GONE = CID.parse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");

let blocks: MemoryBlocks;
beforeEach(() => {
  blocks = new MemoryBlocks();
});

async function walked(root: CID, options: WalkOptions = {}): Promise<string[]> {
  const given: string[] = [];
  for await (const { cid, bytes } of walkDag(blocks, root, options)) {
    await verifyBlock(cid, bytes);
    given.push(cid.toString());
  }
  return given;
}

/** Gives what another source has, once told to; notes what is waited for and what was given up. */
class SlowBlocks implements BlockSource {
  readonly waiting = new Set<string>();
  asked = 0;
  mostWaiting = 0;
  cancelled = 0;
  readonly #blocks: BlockSource;
  readonly #isHeld: (cid: CID) => boolean;

  constructor(source: BlockSource, isHeld: (cid: CID) => boolean = () => false) {
    this.#blocks = source;
    this.#isHeld = isHeld;
  }

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    this.asked += 1;
    this.waiting.add(cid.toString());
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting.size);
    signal?.addEventListener("abort", () => {
      if (this.waiting.delete(cid.toString())) this.cancelled += 1;
    });
    if (this.#isHeld(cid)) return Promise.withResolvers<Uint8Array>().promise;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.waiting.delete(cid.toString());
    return this.#blocks.get(cid);
  }
}

function isFirst(cid: CID): boolean {
  return cid.equals(blocks.leaf("leaf 0").cid);
}

function wideFile(leaves: number) {
  const parts = Array.from({ length: leaves }, (_, index) => blocks.leaf(`leaf ${index}`));
  return { root: blocks.file(parts).cid, parts };
}

describe("a walk", () => {
  it("gives a block, what is under it, then the next beside it; each once, or each time", async () => {
    const [x, y] = [blocks.leaf("x").cid, blocks.leaf("y").cid];
    const inner = blocks.folder([
      ["1", y],
      ["2", x],
    ]);
    const root = blocks.folder([
      ["1", inner],
      ["2", x],
      ["3", inner],
      ["4", y],
    ]);
    const once = [root, inner, y, x].map(String);
    expect(await walked(root)).toEqual(once);
    const each = [root, inner, y, x, x, inner, y, x, y].map(String);
    expect(await walked(root, { duplicates: true })).toEqual(each);
    expect(await walked(root, { scope: "block" })).toEqual([root.toString()]);
    expect(await walked(root, { scope: "entity" })).toEqual([root.toString()]);
  });

  it("takes both versions of a CID for one block, and two codecs for two", async () => {
    const inner = blocks.folder([["x", blocks.leaf("x").cid]]);
    const raw = CID.createV1(0x55, inner.multihash);
    const root = blocks.folder([
      ["1", versionZero(inner)],
      ["2", inner],
      ["3", raw],
    ]);
    const given = [root, versionZero(inner), blocks.leaf("x").cid, raw];
    expect(await walked(root)).toEqual(given.map(String));
  });

  it("follows identity CIDs and does not give them", async () => {
    const leaf = blocks.leaf("x").cid;
    const block = await blocks.get(blocks.dagPb(undefined, [["x", leaf]]));
    const inline = identity(block, DAG_PB);
    const root = blocks.folder([
      ["1", inline],
      ["2", identity(Buffer.from("raw"))],
      ["3", identity(dagCbor.encode({ x: leaf }), dagCbor.code)],
    ]);
    for (const scope of ["all", "entity", "block"] as const) {
      const below = scope === "all" ? [leaf] : [];
      expect(await walked(root, { scope })).toEqual([root, ...below].map(String));
      expect(await walked(inline, { scope })).toEqual(below.map(String));
    }
  });

  it("gives all that comes before a missing block, and names it", async () => {
    const root = blocks.folder([
      ["1", blocks.leaf("x").cid],
      ["2", GONE],
      ["3", blocks.leaf("y").cid],
    ]);
    const given: Block[] = [];
    const walk = async () => {
      for await (const block of walkDag(blocks, root)) given.push(block);
    };
    await expect(walk()).rejects.toMatchObject({
      code: "not_found",
      details: { cid: GONE.toString(), root: root.toString() },
    });
    expect(given).toHaveLength(2);
    await expect(walked(GONE)).rejects.toMatchObject({
      code: "not_found",
      details: { cid: GONE.toString(), root: GONE.toString() },
    });
  });

  it("says that links of an unknown codec are not known, where they are needed", async () => {
    const strange = blocks.put(0x78, Buffer.from("tree 0"));
    const root = blocks.folder([["git", strange]]);
    await expect(walked(root)).rejects.toMatchObject({ code: "not_supported" });
    await expect(assertComplete(blocks, root)).rejects.toMatchObject({ code: "not_supported" });
    for (const scope of ["block", "entity"] as const) {
      expect(await walked(strange, { scope })).toEqual([strange.toString()]);
    }
  });

  it("takes what is no UnixFS for one block, when the entity is asked for", async () => {
    const leaf = blocks.leaf("x").cid;
    for (const root of [
      blocks.put(dagCbor.code, dagCbor.encode({ leaf })),
      blocks.dagPb(undefined, [["x", leaf]]),
      blocks.dagPb(Buffer.from("other data"), [["x", leaf]]),
    ]) {
      expect(await walked(root, { scope: "entity" })).toEqual([root.toString()]);
      expect(await walked(root)).toEqual([root, leaf].map(String));
    }
  });

  it("refuses an entity whose parts are not what it says", async () => {
    const folder = blocks.folder([]);
    const lying = [
      blocks.file([{ cid: folder, size: 3 }]).cid,
      blocks.file([{ ...blocks.leaf("abc"), size: 2 }]).cid,
    ];
    for (const root of lying) {
      await expect(walked(root, { scope: "entity" })).rejects.toMatchObject({ code: "integrity" });
    }
  });
});

describe("a range of a file", () => {
  it("has the blocks it needs, also when one part stands in it whole and not whole", async () => {
    const [a, b, c, d] = ["ab", "cd", "ef", "gh"].map((text) => blocks.leaf(text));
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error();
    const half = blocks.file([a, b]);
    const root = blocks.file([half, blocks.file([c, d]), half]);
    const bytes = (from: number, to: number | "*") =>
      walked(root.cid, { scope: "entity", entityBytes: { from, to } });
    const [other] = [blocks.file([c, d])];
    const all = [root, half, a, b, other, c, d].map(({ cid }) => cid.toString());
    expect(await bytes(0, "*")).toEqual(all);
    // The first time its end is wanted, the second time its beginning.
    expect(await bytes(2, 9)).toEqual(
      [root, half, b, other, c, d, a].map(({ cid }) => cid.toString()),
    );
    expect(await bytes(2, 2)).toEqual([root, half, b].map(({ cid }) => cid.toString()));
    expect(await bytes(-4, -3)).toEqual([root, half, a].map(({ cid }) => cid.toString()));
    for (const [from, to] of [
      [12, "*"],
      [50, 60],
      [5, 4],
      [0, -13],
      [5, -12],
    ] as const) {
      expect(await bytes(from, to)).toEqual([root.cid.toString()]);
    }
  });

  it("is ignored for what has no bytes", async () => {
    const root = blocks.folder([["x", blocks.leaf("x").cid]]);
    const entityBytes = { from: 0, to: 0 };
    expect(await walked(root, { scope: "entity", entityBytes })).toEqual([root.toString()]);
  });
});

describe("reading ahead", () => {
  it("keeps a few blocks under way, and no more", async () => {
    const { root, parts } = wideFile(60);
    const slow = new SlowBlocks(blocks);
    let given = 0;
    for await (const block of walkDag(slow, root)) given += block.bytes.length > 0 ? 1 : 0;
    expect(given).toBe(parts.length + 1);
    expect(slow.asked).toBe(parts.length + 1);
    expect(slow.mostWaiting).toBeGreaterThan(3);
    expect(slow.mostWaiting).toBeLessThanOrEqual(7);
  });

  it("asks for nothing that nobody pulls, and gives up what is under way when they leave", async () => {
    const { root } = wideFile(60);
    for (const [source, pulls] of [
      [(slow: SlowBlocks) => walkDag(slow, root), 2],
      [(slow: SlowBlocks) => readFile(slow, root, {}), 1],
    ] as const) {
      const slow = new SlowBlocks(blocks, (cid) => !cid.equals(root) && !isFirst(cid));
      const pieces = source(slow);
      for (let pull = 0; pull < pulls; pull += 1) await pieces.next();
      const { asked } = slow;
      expect(asked).toBeLessThan(12);
      await pieces.return();
      expect(slow.asked).toBe(asked);
      expect(slow.waiting.size).toBe(0);
    }
  });

  it("ends at once with the signal, and gives up what is under way", async () => {
    const { root } = wideFile(60);
    const shard = blocks.shard([[1, "", blocks.shard([])]]);
    for (const source of [
      (slow: SlowBlocks, options: AbortOptions) => walkDag(slow, root, options),
      (slow: SlowBlocks, options: AbortOptions) => readFile(slow, root, options),
      (slow: SlowBlocks, options: AbortOptions) => listDirectory(slow, shard, options),
    ]) {
      const slow = new SlowBlocks(blocks, (cid) => !cid.equals(root) && !cid.equals(shard));
      const controller = new AbortController();
      const reading = async () => {
        for await (const piece of source(slow, { signal: controller.signal })) {
          expect(piece).toBeDefined();
        }
      };
      const done = reading();
      while (slow.asked < 2) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new AbortedError());
      await expect(done).rejects.toMatchObject({ code: "aborted" });
      expect(slow.waiting.size).toBe(0);
      expect(slow.cancelled).toBeGreaterThan(0);
    }
  });

  it("lets other work go on while all blocks are at hand", async () => {
    const { root } = wideFile(5_000);
    let turns = 0;
    const count = setInterval(() => (turns += 1), 0);
    expect(await walked(root)).toHaveLength(5_001);
    clearInterval(count);
    expect(turns).toBeGreaterThan(0);
  });
});

describe("making sure that everything is here", () => {
  it("looks leaves up without reading them, a few at a time", async () => {
    const { root } = wideFile(100);
    let asked = 0;
    let atOnce = 0;
    let most = 0;
    const source = {
      get: async (cid: CID) => blocks.get(cid),
      async has(cid: CID) {
        asked += 1;
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        return blocks.has(cid);
      },
    };
    await assertComplete(source, root);
    expect(asked).toBe(101);
    expect(blocks.asked.map(String)).toEqual([root.toString()]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it("follows every codec that has links", async () => {
    const leaf = blocks.leaf("x").cid;
    const cbor = blocks.put(dagCbor.code, dagCbor.encode({ list: [leaf, { GONE }] }));
    const root = blocks.dagPb(undefined, [["cbor", cbor]]);
    await expect(assertComplete(blocks, root)).rejects.toMatchObject({
      code: "not_found",
      details: { cid: GONE.toString(), root: root.toString() },
    });
  });

  it("does not take what comes from elsewhere for here", async () => {
    const { root, parts } = wideFile(3);
    const source = {
      get: async (cid: CID) => blocks.get(cid),
      has: async (cid: CID) => !cid.equals(parts[1]?.cid),
    };
    await expect(assertComplete(source, root)).rejects.toMatchObject({ code: "not_found" });
  });
});
