import { join } from "node:path";

import { seededRandom } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { PackIndex } from "../src/pack-store/pack-index.ts";
import { multihashOf } from "./temporary-packs.ts";
import { temporaryDirectory } from "./temporary-store.ts";

const STEPS = 500;
const KEYS = 60;

const record = (name: string, length: number) =>
  ({ kind: "block", key: multihashOf(Buffer.from(name)), offset: 0, length }) as const;

/** Blocks that come, come again elsewhere (as compaction moves them), and go. */
describe("the number of blocks", () => {
  it("is kept up with every change, as a count says", async () => {
    const path = join(await temporaryDirectory(), "index.db");
    const random = seededRandom(11);
    const pick = () => multihashOf(Buffer.from(`block ${Math.floor(random() * KEYS)}`));
    const index = new PackIndex(path);
    // From here on it is not counted again.
    expect(index.count()).toBe(0);
    for (let step = 1; step <= STEPS; step += 1) {
      const keys = [pick(), pick(), pick()];
      if (random() < 0.4) {
        index.remove(keys);
        continue;
      }
      const records = keys.map((key) => ({ kind: "block", key, offset: step, length: 1 }) as const);
      index.commit({ isSynced: false, pack: step, packBytes: 100, records });
    }
    const kept = index.count();
    expect(kept).toBe(index.keys(new Uint8Array(), KEYS * 2).length);
    index.close();
    const again = new PackIndex(path);
    expect(again.count()).toBe(kept);
    again.close();
  });

  it("is right after a change that failed", async () => {
    const index = new PackIndex(join(await temporaryDirectory(), "index.db"));
    index.commit({ isSynced: false, pack: 1, packBytes: 9, records: [record("a", 1)] });
    expect(index.count()).toBe(1);
    const half = [record("b", 1), record("c", Number.NaN)];
    expect(() => index.commit({ isSynced: false, pack: 1, packBytes: 9, records: half })).toThrow(
      "NOT NULL",
    );
    expect(index.count()).toBe(1);
    index.close();
  });
});
