import type { Block, CID } from "@ipfs-kit/core";
import {
  collect,
  describeWithKubo,
  inPieces,
  type RunningKubo,
  seededBytes,
  startKubo,
} from "@ipfs-kit/testing";
import { importTree, readCar, writeCar } from "@ipfs-kit/unixfs";
import { afterAll, beforeAll, expect, it } from "vitest";

import { allOf, each } from "./cars.ts";
import { asEntries, generatedTree, type TreeItem } from "./generated-tree.ts";

describeWithKubo("CARs between us and Kubo", () => {
  let kubo: RunningKubo;
  beforeAll(async () => {
    kubo = await startKubo();
  }, 60_000);
  afterAll(async () => kubo.stop());

  it.each(["unixfs-v1-2025", "unixfs-v0-2015"] as const)(
    "that we write are taken by it, and what it writes of them by us: %s",
    async (profile) => {
      const items: TreeItem[] = [
        ...[2, 3, 5, 6].flatMap((seed) => generatedTree(`tree ${seed}`, profile, seed)),
        { path: "large", type: "file", bytes: seededBytes(5 * 1024 * 1024, 1) },
      ];
      const blocks = new Map<string, Block>();
      const sink = {
        put: async (cid: CID, bytes: Uint8Array) => void blocks.set(cid.toString(), { cid, bytes }),
      };
      const added = await allOf(importTree(sink, asEntries(items, 1), { profile, wrap: true }));
      const root = added.at(-1)?.cid;
      if (root === undefined) throw new Error("There is a root.");

      const car = await collect(writeCar([root], each(blocks.values())));
      const answer = await kuboCall(kubo, "dag/import?stats=true&pin-roots=true", car);
      const lines = (await answer.text()).trim().split("\n");
      const told: unknown[] = lines.map((line): unknown => JSON.parse(line));
      const bytes = [...blocks.values()].reduce((sum, block) => sum + block.bytes.length, 0);
      expect(told).toEqual([
        { Root: { Cid: { "/": root.toString() }, PinErrorMsg: "" } },
        { Stats: { BlockCount: blocks.size, BlockBytesCount: bytes } },
      ]);

      const exported = await kuboCall(kubo, `dag/export?arg=${root.toString()}`);
      const body = Buffer.from(await exported.arrayBuffer());
      const reader = await readCar(inPieces(body, 10_000));
      expect(reader.roots.map(String)).toEqual([root.toString()]);
      const read = new Set<string>();
      for await (const { cid } of reader.blocks) read.add(cid.toString());
      expect([...read].toSorted()).toEqual([...blocks.keys()].toSorted());
    },
  );
});

async function kuboCall(kubo: RunningKubo, path: string, file?: Uint8Array): Promise<Response> {
  const body = new FormData();
  if (file !== undefined) body.append("file", new Blob([Uint8Array.from(file)]));
  const answer = await fetch(`${kubo.api}/api/v0/${path}`, {
    method: "POST",
    ...(file && { body }),
  });
  expect(answer.status).toBe(200);
  return answer;
}
