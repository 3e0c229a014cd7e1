import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { inPieces, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { verifyBlocks } from "../src/content/verify-blocks.ts";
import { rawBlock } from "./support/blocks.ts";

describe("verifying all blocks", () => {
  it("ends with how many were read", async () => {
    const directory = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
    const store = createEmbeddedStore({ directory });
    await store.start();
    try {
      await store.add(inPieces(seededBytes(5_000_000, 1), 100_000));
      const told = await allOf(verifyBlocks(store.blocks, {}));
      // Five leaves and their root.
      expect(told.at(-1)).toEqual({ checked: 6 });
    } finally {
      await store.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("is not silent while nothing is damaged", async () => {
    const { cid } = rawBlock("damaged");
    const goOn = Promise.withResolvers<void>();
    const told = verifyBlocks(
      {
        async *scrub({ onProgress } = {}) {
          onProgress?.(1000);
          await goOn.promise;
          yield { cid, pack: 1, reason: "bad" };
        },
      },
      {},
      1,
    );
    expect((await told.next()).value).toEqual({ checked: 1000 });
    expect((await told.next()).value).toEqual({ checked: 1000 });
    goOn.resolve();
    const rest = await allOf(told);
    expect(rest).toContainEqual({ cid, damage: "bad" });
  });
});

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
