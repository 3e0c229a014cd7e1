import * as dagCbor from "@ipld/dag-cbor";
import * as dagJson from "@ipld/dag-json";
import { CID, errorCodeOf } from "@ipfs-kit/core";
import { seededRandom } from "@ipfs-kit/testing";
import { linksOf } from "@ipfs-kit/unixfs";
import { describe, expect, it } from "vitest";

import { followData } from "../src/data-path.ts";
import { tokensOf } from "../src/links-of.ts";
import { identity, MemoryBlocks, varint } from "./memory-blocks.ts";

const ROUNDS = Number(process.env["UNIXFS_DATA_ROUNDS"] ?? "300");
const CODECS = [
  ["dag-cbor", dagCbor],
  ["dag-json", dagJson],
] as const;

const blocks = new MemoryBlocks();
const LEAF = blocks.leaf("x").cid;

type Data = null | boolean | number | string | Uint8Array | CID | Data[] | { [name: string]: Data };

function links(codec: number, block: Uint8Array): string[] {
  return linksOf(CID.createV1(codec, LEAF.multihash), block).map(String);
}

function cbor(...bytes: number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

/** Random data, and where its links are. */
function randomData(seed: number): { data: Data; paths: Map<string, CID> } {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const paths = new Map<string, CID>();

  function value(depth: number, path: string[]): Data {
    const kind = below(depth > 0 ? 12 : 9);
    switch (kind) {
      case 0: {
        const cid = blocks.leaf(`leaf ${seed} ${below(20)}`).cid;
        paths.set(path.join("/"), cid);
        return cid;
      }
      case 1: {
        const cid = identity(Buffer.alloc(below(128), seed % 256));
        paths.set(path.join("/"), cid);
        return cid;
      }
      case 2: {
        return Uint8Array.from({ length: below(70_000) % 300 }, (_, index) => index);
      }
      case 3: {
        return below(2 ** 31) * (below(2) === 0 ? -1 : 70_000);
      }
      case 4: {
        return below(1000) / 7 + 0.1;
      }
      case 5: {
        return below(2) === 0 ? null : below(2) === 0;
      }
      case 6:
      case 7:
      case 8: {
        return ['"', "\\", "/", '\\"/:{}[],', "ä☂😀\n", "", "x".repeat(below(400))][below(7)] ?? "";
      }
      case 9: {
        return Array.from({ length: below(30) }, (_, index) =>
          value(depth - 1, [...path, `${index}`]),
        );
      }
      default: {
        const names = ["a", "b/c", "ä☂", '"', "\\", "constructor", "x".repeat(30), "1", "length"];
        const entries = names
          .filter(() => below(2) === 0)
          .map((name) => [name, value(depth - 1, [...path, name])] as const);
        return Object.fromEntries(entries);
      }
    }
  }

  return { data: value(5, []), paths };
}

describe.each(CODECS)("the links of %s", (_, codec) => {
  it(`are those its library sees, in ${ROUNDS} random blocks`, () => {
    let found = 0;
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const { data, paths } = randomData(seed);
      const block = codec.encode(data);
      const expected = [...paths.values()].map(String).toSorted();
      expect(links(codec.code, block).toSorted()).toEqual(expected);
      const cid = CID.createV1(codec.code, LEAF.multihash);
      for (const [path, target] of paths) {
        if (path.includes("b/c") || path === "") continue;
        const names = path.split("/");
        const led = followData(tokensOf(cid, block), [...names, "more"]);
        expect(led).toEqual({ end: "link", cid: target, names: names.length });
        found += 1;
      }
    }
    expect(found).toBeGreaterThan(ROUNDS);
  }, 600_000);

  it("are refused wherever the block is cut, and where something is added", () => {
    const { data } = randomData(7);
    const block = codec.encode({ data, link: LEAF, list: [1, "two", { three: [LEAF] }] });
    for (let end = 0; end < block.length; end += 1) {
      expect(() => links(codec.code, block.subarray(0, end))).toThrow("not usable");
    }
    expect(() => links(codec.code, Buffer.concat([block, Buffer.from("1")]))).toThrow("not usable");
  });

  it("do not hide under names that objects treat in their own way", () => {
    const block =
      codec.code === dagCbor.code
        ? Buffer.concat([cbor(0xa1, 0x69), Buffer.from("__proto__"), dagCbor.encode(LEAF)])
        : Buffer.from(`{"__proto__":{"/":"${LEAF.toString()}"}}`);
    expect(links(codec.code, block)).toEqual([LEAF.toString()]);
  });
});

describe("dag-cbor that is none", () => {
  const link = [0xd8, 42, 0x58, LEAF.bytes.length + 1, 0, ...LEAF.bytes];

  it("is refused", () => {
    const bad = [
      [],
      [0x9f, 0xff],
      [0xbf, 0xff],
      [0x5f, 0xff],
      [0xff],
      [0xc1, 0],
      [0xd8, 43, ...link.slice(2)],
      [0xd8, 42, 0x01],
      [0xd8, 42, 0x41, 0],
      [0xd8, 42, 0x58, LEAF.bytes.length + 1, 1, ...LEAF.bytes],
      [0xd8, 42, 0x78, LEAF.bytes.length + 1, 0, ...LEAF.bytes],
      [0xa1, 0x01, 0x01],
      [0xa1, ...link, 0x01],
      [0x81],
      [0x82, 1],
      [0xf8, 0xff],
      [0xe0],
      [1, 1],
      [0x1c],
    ];
    for (const bytes of bad) {
      expect(() => links(dagCbor.code, cbor(...bytes))).toThrow("not usable");
    }
    expect(links(dagCbor.code, cbor(...link))).toEqual([LEAF.toString()]);
  });
});

function isRefused(json: string): boolean {
  try {
    links(dagJson.code, Buffer.from(json));
    return false;
  } catch (error) {
    return errorCodeOf(error) === "integrity";
  }
}

describe("dag-json that is none", () => {
  it("is refused", () => {
    const bad = [
      "",
      " ",
      "{",
      "[1,]",
      "[,1]",
      '{"a":1,}',
      '{"a" 1}',
      "{a:1}",
      '{"a":1}}',
      "[1 2]",
      "nul",
      "01",
      "1.",
      "NaN",
      "+1",
      '"\n',
      `{"/":"${LEAF.toString()}","more":1}`,
      '{"/":"no CID"}',
      '{"\\x":1}',
    ];
    const accepted = bad.filter((text) => !isRefused(text));
    expect(accepted).toEqual([]);
  });

  it("knows a link by a name that is escaped, and with spaces around", () => {
    const text = ` { "\\u002f" : "${LEAF.toString()}" } `;
    expect(links(dagJson.code, Buffer.from(text))).toEqual([LEAF.toString()]);
    expect(links(dagJson.code, Buffer.from(`{"a":"/","b":"${LEAF.toString()}"}`))).toEqual([]);
  });
});

describe("other codecs", () => {
  it("have no links when they can have none, and none that are known otherwise", () => {
    for (const code of [0x55, 0x51, 0x02_00, 0x72]) expect(links(code, cbor(1, 2, 3))).toEqual([]);
    for (const code of [0x78, 0x85, 0x90]) {
      expect(() => links(code, cbor(1, 2, 3))).toThrow(
        expect.objectContaining({ code: "not_supported" }),
      );
    }
  });
});

describe("dag-pb", () => {
  it("has links without UnixFS as well", () => {
    const cid = blocks.dagPb(Buffer.from("not UnixFS"), [
      ["a", LEAF],
      ["b", LEAF],
    ]);
    const bare = blocks.dagPb(undefined, [["a", LEAF]]);
    return Promise.all([
      expect(blocks.get(cid).then((block) => linksOf(cid, block).map(String))).resolves.toEqual([
        LEAF.toString(),
        LEAF.toString(),
      ]),
      expect(blocks.get(bare).then((block) => linksOf(bare, block))).resolves.toHaveLength(1),
    ]);
  });

  it("is refused when a CID in it is longer than any", () => {
    const long = identity(Buffer.alloc(1000));
    const inner = [0x0a, ...varint(long.bytes.length), ...long.bytes];
    const block = cbor(0x12, ...varint(inner.length), ...inner);
    expect(() => links(0x70, block)).toThrow("not usable");
  });
});
