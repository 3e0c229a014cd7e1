import { createKuboStore } from "@ipfs-kit/content-kubo";
import { type CID, type ContentStore, delay, errorCodeOf, IpfsKitError } from "@ipfs-kit/core";
import {
  collect,
  inPieces,
  LIES,
  type Lie,
  seededBytes,
  seededRandom,
  startLyingKubo,
} from "@ipfs-kit/testing";
import { importFile } from "@ipfs-kit/unixfs";
import { describe, expect, it, onTestFinished } from "vitest";

/** Reads of a lying Kubo; a long battery sets more. */
const READS = Number(process.env["KUBO_LIES"] ?? "1000");
const SEED = Number(process.env["KUBO_SEED"] ?? "1");
const READERS = 8;

/** Lies that cost the whole deadline are told less often. */
const SLOW: readonly Lie[] = ["drip", "hang", "silence", "length_lie"];
const QUICK = LIES.filter((lie) => !SLOW.includes(lie));
const REQUEST_MS = 1000;
/** Of this many lies, one is a slow one. */
const SLOW_ONE_IN = 50;
/** How likely a block is lied about: one in three reads of 20 blocks gets through. */
const LIE_CHANCE = 0.06;

/** "hello" as a file, and something else. */
const HELLO = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq";
const OTHER = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

/** What a lie may come to. */
const EXPECTED: Readonly<Record<Lie, string>> = {
  wrong_bytes: "integrity",
  wrong_block: "integrity",
  short: "integrity",
  extra: "integrity",
  endless: "too_large",
  drip: "timeout",
  hang: "timeout",
  silence: "timeout",
  redirect: "unavailable",
  html: "integrity",
  stream_error: "unavailable",
  cut: "unavailable",
  length_lie: "timeout",
};

describe("a Kubo that lies", () => {
  it.each(LIES)("is found out when it tells %s", async (lie) => {
    const { root, bytes, blocks } = await file(700);
    let isLying = true;
    await using kubo = await startLyingKubo({ blocks, lie: () => (isLying ? lie : "truth") });
    const store = await storeOf(kubo.api);
    await expect(collect(store.read(root))).rejects.toMatchObject({ code: EXPECTED[lie] });
    expect(kubo.told.get("followed_redirect")).toBeUndefined();
    isLying = false;
    expect(Buffer.from(bytes).equals(await collect(store.read(root)))).toBe(true);
  });

  it(
    `gets not one wrong byte through in ${READS} reads`,
    { timeout: 30_000 + READS * 100 },
    async () => {
      const random = seededRandom(SEED);
      const { root, bytes, blocks } = await file(20_000);
      await using kubo = await startLyingKubo({ blocks, lie: liar(random) });
      const store = await storeOf(kubo.api);
      const codes = new Map<string, number>();
      let left = READS;
      const reader = async () => {
        while (left > 0) {
          left -= 1;
          const offset = Math.floor(random() * bytes.length);
          const length = Math.ceil(random() ** 2 * bytes.length);
          const expected = bytes.subarray(offset, offset + length);
          const code = await readAndCompare(store, root, expected, { offset, length });
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: READERS }, reader));
      // Every lie was told, and many reads got through to their end all the same.
      expect([...kubo.told.keys()].toSorted()).toEqual([...LIES, "truth"].toSorted());
      expect(codes.get("whole")).toBeGreaterThan(READS / 10);
      expect(codes.get("integrity")).toBeGreaterThan(READS / 20);
      const allowed = new Set(["whole", ...Object.values(EXPECTED)]);
      expect([...codes.keys()].filter((code) => !allowed.has(code))).toEqual([]);
    },
  );

  it.each([
    [
      "another root",
      `{"Root":{"Cid":{"/":"${OTHER}"},"PinErrorMsg":""}}\n{"Stats":{"BlockCount":1}}`,
    ],
    ["no root", '{"Stats":{"BlockCount":1}}'],
    [
      "fewer blocks",
      `{"Root":{"Cid":{"/":"${HELLO}"},"PinErrorMsg":""}}\n{"Stats":{"BlockCount":0}}`,
    ],
    ["nothing at all", ""],
  ])("is not believed an import of which it tells %s", async (_, answer) => {
    await using kubo = await startLyingKubo({ answers: { "dag/import": answer } });
    const store = await storeOf(kubo.api);
    const added = store.add(inPieces(Buffer.from("hello"), 5));
    await expect(added).rejects.toMatchObject({ code: "integrity" });
  });

  it("is believed an import of which it tells the root we know", async () => {
    const answer = `{"Root":{"Cid":{"/":"${HELLO}"},"PinErrorMsg":""}}\n{"Stats":{"BlockCount":1}}`;
    await using kubo = await startLyingKubo({ answers: { "dag/import": answer } });
    const store = await storeOf(kubo.api);
    const { cid } = await store.add(inPieces(Buffer.from("hello"), 5));
    expect(cid.toString()).toBe(HELLO);
  });

  it("is seen in the health", async () => {
    const { root, blocks } = await file(700);
    await using kubo = await startLyingKubo({ blocks, lie: () => "wrong_bytes" });
    const store = await storeOf(kubo.api);
    expect(store.health()).toMatchObject({ state: "ok", version: "0.39.0", breaker: "closed" });
    await expect(collect(store.read(root))).rejects.toMatchObject({ code: "integrity" });
    expect(store.health()).toMatchObject({ state: "degraded", reason_code: "wrong_bytes" });
  });

  it("leaves no connection behind", async () => {
    const random = seededRandom(SEED + 1);
    const { root, blocks } = await file(20_000);
    await using kubo = await startLyingKubo({ blocks, lie: liar(random) });
    const store = createKuboStore({ api: kubo.api, timeouts: { requestMs: REQUEST_MS } });
    await store.start();
    const reads = Array.from({ length: 100 }, async () => collect(store.read(root)));
    await Promise.allSettled(reads);
    const stillReading = collect(store.read(root));
    await store.stop();
    await expect(stillReading).rejects.toMatchObject({ code: "invalid_state" });
    await expect.poll(() => kubo.connections()).toBe(0);
  });
});

/** Tells the truth mostly, and all lies by turns. */
function liar(random: () => number): () => Lie | "truth" {
  let lies = 0;
  return () => {
    if (random() > LIE_CHANCE) return "truth";
    lies += 1;
    const isSlow = lies % SLOW_ONE_IN === 0;
    const turn = isSlow ? lies / SLOW_ONE_IN : lies;
    const among = isSlow ? SLOW : QUICK;
    return among[turn % among.length] ?? "truth";
  };
}

/** How a read of Kubo ended: while the breaker is open, it is not one. Throws when a byte was wrong, or it ended early as if it were whole. */
async function readAndCompare(
  store: ContentStore,
  root: CID,
  expected: Uint8Array,
  range: { offset: number; length: number },
): Promise<string> {
  for (;;) {
    let at = 0;
    try {
      for await (const piece of store.read(root, range)) {
        if (!Buffer.from(piece).equals(expected.subarray(at, at + piece.length))) {
          throw new WrongByte(`at ${range.offset + at}`);
        }
        at += piece.length;
      }
      if (at === expected.length) return "whole";
      throw new WrongByte(`ended at ${at} of ${expected.length}`);
    } catch (error) {
      if (error instanceof WrongByte) throw error;
      const isRefused = error instanceof IpfsKitError && error.details["reason"] === "breaker_open";
      if (!isRefused) return errorCodeOf(error);
      await delay(5);
    }
  }
}

class WrongByte extends Error {}

/** A file in leaves of 1000 bytes, and its blocks. */
async function file(size: number) {
  const bytes = seededBytes(size, SEED + size);
  const blocks = new Map<string, Uint8Array>([["other", seededBytes(500, SEED)]]);
  const put = async (cid: CID, block: Uint8Array) => void blocks.set(cid.toString(), block.slice());
  const { cid } = await importFile({ put }, inPieces(bytes, 4096), { chunkBytes: 1000 });
  return { root: cid, bytes, blocks };
}

async function storeOf(api: string) {
  const timeouts = { requestMs: REQUEST_MS, idleMs: REQUEST_MS };
  const store = createKuboStore({ api, timeouts, checkEveryMs: 20 });
  await store.start();
  onTestFinished(async () => store.stop());
  return store;
}
