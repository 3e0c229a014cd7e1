import type { ContentEvents, ContentRepository, TreeEntry } from "@ipfs-kit/core";
import { describe, expect, it } from "vitest";

import type { ContentStoreFixture } from "./describe-content-store.ts";
import { repositoryOf } from "./repository-of.ts";
import { collect, inPieces, seededBytes } from "./seeded.ts";

const NAMES = [
  "content_added",
  "content_removed",
  "content_retrieved",
  "pin_added",
  "pin_removed",
  "pin_status_changed",
] as const satisfies readonly (keyof ContentEvents)[];

/** What every repository tells of what happens in it. */
export function describeContentEvents(fixture: () => ContentStoreFixture): void {
  describe("events", () => {
    it("tell of an add once, when it can be relied on", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const heard = listen(repository);
      const { cid } = await repository.add(inPieces(seededBytes(5000, 50), 999), { name: "a.txt" });
      const text = cid.toString();
      expect(heard.of("content_added")).toMatchObject([
        { size: 5000, name: "a.txt", mediaType: "text/plain", pinned: true },
      ]);
      expect(heard.of("pin_added")).toMatchObject([{ kind: "recursive", name: "a.txt" }]);
      expect(heard.of("pin_status_changed")).toMatchObject([{ status: "pinned" }]);
      expect(heard.cids()).toEqual([text, text, text]);
    });

    it("tell of an add without a pin, and of a pin that changes nothing nothing", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const heard = listen(repository);
      const { cid } = await repository.add(inPieces(seededBytes(5000, 51), 999), { pin: false });
      expect(heard.of("content_added")).toMatchObject([{ pinned: false }]);
      expect(heard.cids()).toHaveLength(1);
      await Promise.all([repository.pin(cid), repository.pin(cid), repository.pin(cid)]);
      await repository.pin(cid);
      expect(heard.of("pin_added")).toHaveLength(1);
      expect(heard.of("pin_status_changed")).toHaveLength(1);
    });

    it("tell of the end of a pin once", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const { cid } = await repository.add(inPieces(seededBytes(5000, 52), 999));
      const heard = listen(repository);
      await repository.unpin(cid);
      await expect(repository.unpin(cid)).rejects.toMatchObject({ code: "not_found" });
      expect(heard.of("pin_removed")).toHaveLength(1);
      expect(heard.of("pin_status_changed")).toMatchObject([{ status: "unpinned" }]);
      expect(heard.cids()).toEqual([cid.toString(), cid.toString()]);
    });

    it("tell nothing of what failed", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const heard = listen(repository);
      await expect(repository.add(failing())).rejects.toThrow("went away");
      const adding = async () => {
        for await (const entry of repository.addTree(failingTree()))
          expect(entry.type).toBe("file");
      };
      await expect(adding()).rejects.toThrow("went away");
      expect(heard.cids()).toEqual([]);
    });

    it("tell of a read when it ends or its reader leaves, with the bytes it gave", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const { cid } = await repository.add(inPieces(seededBytes(3_000_000, 54), 99_999));
      const heard = listen(repository);
      await collect(repository.read(cid));
      await collect(repository.read(cid, { offset: 10, length: 5 }));
      let given = 0;
      for await (const piece of repository.read(cid)) {
        given = piece.length;
        break;
      }
      const retrieved = heard.of("content_retrieved");
      expect(retrieved).toMatchObject([{ bytes: 3_000_000 }, { bytes: 5 }, { bytes: given }]);
      const signal = AbortSignal.abort();
      await expect(collect(repository.read(cid, { signal }))).rejects.toMatchObject({
        code: "aborted",
      });
      expect(heard.of("content_retrieved")).toHaveLength(3);
    });

    it("tell of a folder as of one thing that was added", async (context) => {
      const repository = repositoryOf(fixture(), context);
      const heard = listen(repository);
      const told: string[] = [];
      for await (const { cid } of repository.addTree(tree())) told.push(cid.toString());
      expect(heard.of("content_added")).toMatchObject([
        { size: 200, name: "folder", pinned: true },
      ]);
      expect(heard.of("content_added").map(({ cid }) => cid.toString())).toEqual([told.at(-1)]);
      expect(heard.of("pin_added")).toHaveLength(1);
    });

    it("tell of a root that is gone once, when it is", async (context) => {
      const repository = repositoryOf(fixture(), context, "removal_events");
      const add = async (seed: number, pin: boolean) =>
        (await repository.add(inPieces(seededBytes(5000, seed), 999), { pin })).cid.toString();
      const never = await add(57, false);
      const pinned = await repository.add(inPieces(seededBytes(5000, 58), 999));
      const kept = await repository.add(inPieces(seededBytes(5000, 59), 999));
      await repository.unpin(pinned.cid);
      await repository.unpin(kept.cid);
      await repository.pin(kept.cid);
      const heard = listen(repository);
      for (let round = 0; round < 2; round += 1) {
        for await (const cid of repository.collectGarbage()) expect(cid.code).toBeGreaterThan(0);
      }
      expect(heard.cids().toSorted()).toEqual([never, pinned.cid.toString()].toSorted());
      expect(heard.of("content_removed")).toHaveLength(2);
    });
  });
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield seededBytes(5000, 53);
  throw new Error("The source went away.");
}

async function* failingTree(): AsyncGenerator<TreeEntry> {
  yield { path: "folder/file", content: failing() };
}

async function* tree(): AsyncGenerator<TreeEntry> {
  yield { path: "folder/a", content: inPieces(seededBytes(100, 55), 99) };
  yield { path: "folder/b", content: inPieces(seededBytes(100, 56), 99) };
}

type Heard = {
  [Name in keyof ContentEvents]: { name: Name; detail: ContentEvents[Name] };
}[keyof ContentEvents];

/** Everything a repository tells from here on, in order. */
function listen(repository: ContentRepository) {
  const heard: Heard[] = [];
  for (const name of NAMES) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- name and detail belong together
    repository.events.on(name, (detail) => heard.push({ name, detail } as Heard));
  }
  return {
    of: <Name extends keyof ContentEvents>(name: Name): ContentEvents[Name][] =>
      heard.flatMap((each) => (isOf(each, name) ? [each.detail] : [])),
    cids: () => heard.map(({ detail }) => detail.cid.toString()),
  };
}

function isOf<Name extends keyof ContentEvents>(
  heard: { name: keyof ContentEvents; detail: unknown },
  name: Name,
): heard is { name: Name; detail: ContentEvents[Name] } {
  return heard.name === name;
}
