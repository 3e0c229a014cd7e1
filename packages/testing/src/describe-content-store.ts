import { createHash } from "node:crypto";

import {
  type ContentRepository,
  type ContentStore,
  IpfsKitError,
  parseCid,
  type Pin,
} from "@ipfs-kit/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { describeContentEvents } from "./describe-content-events.ts";
import { describeContentRepository } from "./describe-content-repository.ts";
import { describeGarbage } from "./describe-garbage.ts";
import { collect, inPieces, seededBytes, seededRandom } from "./seeded.ts";

/** A store under test, and how to be rid of it. */
export interface ContentStoreFixture {
  store: ContentStore;
  dispose(): Promise<void>;
  /** The same store, when it is a whole repository: then it is tested as one too. */
  repository?: ContentRepository;
  /** What the repository does not do. The tests of it are skipped, and say so. */
  lacks?: readonly RepositoryCapability[];
}

/** What not every repository can be made to do by whatever is underneath. */
export type RepositoryCapability =
  /** Tells a file of a tree while the source of the tree still runs. */
  | "entries_as_they_come"
  /** Takes symbolic links in a tree. */
  | "symlinks"
  /** Keeps adds, pins and reads whole while garbage is collected. */
  | "collection_beside_adds"
  /** Tells `content_removed`. */
  | "removal_events"
  /** Knows of a pin when it was made and of what media type it is, and lists the newest first. */
  | "pin_history";

/** An empty folder that is its own CID: a store that knows UnixFS needs no block for it. */
const EMPTY_FOLDER = parseCid("bafyaabakaieac");
const ABSENT = parseCid("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
const MIB = 1024 * 1024;

/**
 * What every content store keeps to, whatever is underneath. Files are seeded and sources stream, so
 * that a run can be repeated.
 */
export function describeContentStore(
  name: string,
  create: () => Promise<ContentStoreFixture>,
): void {
  describe(`content store: ${name}`, () => {
    let fixture: ContentStoreFixture;
    let store: ContentStore;
    beforeEach(async () => {
      fixture = await create();
      store = fixture.store;
    });
    afterEach(async () => fixture.dispose());
    const current = () => fixture;
    describeContentRepository(current);
    describeGarbage(current);
    describeContentEvents(current);

    describe("add and read", () => {
      it.each([
        ["nothing", 0],
        ["one byte", 1],
        ["one byte less than a chunk", MIB - 1],
        ["exactly one chunk", MIB],
        ["one byte more than a chunk", MIB + 1],
        ["several chunks", 5 * MIB + 12_345],
      ])("gives back %s", async (_, size) => {
        const bytes = seededBytes(size, size);
        const added = await store.add(inPieces(bytes, 50_000));
        expect(added.size).toBe(size);
        expect(await store.stat(added.cid)).toMatchObject({ type: "file", size });
        expect(sha256(await collect(store.read(added.cid)))).toBe(sha256(bytes));
      });

      it("names the same bytes alike, however they arrive", async () => {
        const bytes = seededBytes(2 * MIB + 7, 1);
        const whole = await store.add(inPieces(bytes, bytes.length));
        const crumbs = await store.add(inPieces(bytes, 9_999));
        expect(crumbs.cid.toString()).toBe(whole.cid.toString());
      });

      it("takes a source that uses its buffer again", async () => {
        const shared = new Uint8Array(1000);
        async function* source() {
          for (let round = 0; round < 3; round += 1) {
            shared.fill(round);
            yield shared;
          }
        }
        const { cid } = await store.add(source());
        const expected = [0, 1, 2].flatMap((round) => Array.from({ length: 1000 }, () => round));
        expect([...(await collect(store.read(cid)))]).toEqual(expected);
      });

      it("reads any range", async () => {
        const bytes = seededBytes(3 * MIB + 1001, 2);
        const { cid } = await store.add(inPieces(bytes, 300_000));
        const random = seededRandom(3);
        for (let round = 0; round < 60; round += 1) {
          const offset = Math.floor(random() * (bytes.length + 10));
          const length = Math.floor(random() ** 3 * bytes.length);
          const read = await collect(store.read(cid, { offset, length }));
          const expected = bytes.subarray(offset, offset + length);
          expect(sha256(read), `${offset}+${length}`).toBe(sha256(expected));
        }
      });

      it("reads nothing past the end, and nothing when nothing is asked", async () => {
        const { cid } = await store.add(inPieces(seededBytes(100, 4), 100));
        expect(await collect(store.read(cid, { offset: 100 }))).toHaveLength(0);
        expect(await collect(store.read(cid, { offset: 5000 }))).toHaveLength(0);
        expect(await collect(store.read(cid, { offset: 10, length: 0 }))).toHaveLength(0);
        expect(await collect(store.read(cid, { offset: 90, length: 5000 }))).toHaveLength(10);
      });

      it("waits for a slow consumer and lets one leave", async () => {
        const bytes = seededBytes(4 * MIB, 5);
        const { cid } = await store.add(inPieces(bytes, MIB));
        const slow: Uint8Array[] = [];
        for await (const piece of store.read(cid)) {
          slow.push(piece);
          await new Promise(setImmediate);
        }
        expect(sha256(Buffer.concat(slow))).toBe(sha256(bytes));
        for await (const piece of store.read(cid)) {
          expect(piece.length).toBeGreaterThan(0);
          break;
        }
      });

      it("adds the same content many times at once", async () => {
        const bytes = seededBytes(MIB + 5, 6);
        const adds = Array.from({ length: 8 }, async () => store.add(inPieces(bytes, 100_000)));
        const cids = new Set((await Promise.all(adds)).map(({ cid }) => cid.toString()));
        expect(cids.size).toBe(1);
        expect((await store.listPins()).pins).toHaveLength(1);
      });

      it("tells how far it is and what it got", async () => {
        const progress: number[] = [];
        const bytes = Buffer.concat([Buffer.from("\u0089PNG", "latin1"), seededBytes(5000, 7)]);
        const { mediaType } = await store.add(inPieces(bytes, 1000), {
          name: "picture",
          onProgress: (count) => progress.push(count),
        });
        expect(mediaType).toBe("image/png");
        expect(progress.at(-1)).toBe(bytes.length);
        expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      });
    });

    describe("refusals", () => {
      it("knows what it does not have", async () => {
        const expected = { code: "not_found" };
        await expect(store.stat(ABSENT)).rejects.toMatchObject(expected);
        await expect(collect(store.read(ABSENT))).rejects.toMatchObject(expected);
        await expect(store.pin(ABSENT)).rejects.toMatchObject(expected);
        await expect(store.unpin(ABSENT)).rejects.toMatchObject(expected);
      });

      it("does not read a folder as a file", async () => {
        expect(await store.stat(EMPTY_FOLDER)).toMatchObject({ type: "directory", size: 0 });
        const read = collect(store.read(EMPTY_FOLDER));
        await expect(read).rejects.toMatchObject({ code: "not_a_file" });
      });

      it("shows nothing of an add that was cancelled", async () => {
        const bytes = seededBytes(3 * MIB, 8);
        const controller = new AbortController();
        async function* source() {
          yield bytes.subarray(0, 2 * MIB);
          controller.abort();
          yield bytes.subarray(2 * MIB);
        }
        const add = store.add(source(), { signal: controller.signal });
        await expect(add).rejects.toMatchObject({ code: "aborted" });
        expect((await store.listPins()).pins).toEqual([]);
      });

      it("stops waiting for a source that hangs when it is cancelled", async () => {
        const controller = new AbortController();
        async function* source() {
          yield new Uint8Array(10);
          queueMicrotask(() => controller.abort());
          await new Promise<never>(() => {});
        }
        const add = store.add(source(), { signal: controller.signal });
        await expect(add).rejects.toMatchObject({ code: "aborted" });
      });

      it("shows nothing of an add whose source failed, and says why", async () => {
        const failure = new IpfsKitError("unavailable", "The source went away.");
        async function* source() {
          yield seededBytes(2 * MIB, 9);
          throw failure;
        }
        await expect(store.add(source())).rejects.toBe(failure);
        expect((await store.listPins()).pins).toEqual([]);
      });

      it("does not begin what is cancelled already", async () => {
        const { cid } = await store.add(inPieces(seededBytes(10, 10), 10));
        const signal = AbortSignal.abort();
        const expected = { code: "aborted" };
        await expect(store.add(inPieces(seededBytes(9, 1), 9), { signal })).rejects.toMatchObject(
          expected,
        );
        await expect(store.stat(cid, { signal })).rejects.toMatchObject(expected);
        await expect(collect(store.read(cid, { signal }))).rejects.toMatchObject(expected);
        await expect(store.listPins({ signal })).rejects.toMatchObject(expected);
      });

      it("ends a read that is cancelled on the way", async () => {
        const { cid } = await store.add(inPieces(seededBytes(4 * MIB, 11), MIB));
        const controller = new AbortController();
        const read = async () => {
          for await (const piece of store.read(cid, { signal: controller.signal })) {
            expect(piece.length).toBeGreaterThan(0);
            controller.abort();
          }
        };
        await expect(read()).rejects.toMatchObject({ code: "aborted" });
      });
    });

    describe("pins", () => {
      it("keeps what is added, with what was said of it", async ({ skip }) => {
        if (fixture.lacks?.includes("pin_history")) skip("knows only names and sizes of pins");
        const before = Date.now();
        const { cid } = await store.add(inPieces(Buffer.from("<p>"), 3), { name: "a.html" });
        const { pins } = await store.listPins();
        expect(pins).toHaveLength(1);
        expect(pins[0]).toMatchObject({ name: "a.html", size: 3, mediaType: "text/html" });
        expect(pins[0]?.cid.toString()).toBe(cid.toString());
        expect(pins[0]?.pinnedAt?.getTime()).toBeGreaterThanOrEqual(before);
      });

      it("does not keep what was added without a pin, until it is pinned", async () => {
        const { cid } = await store.add(inPieces(seededBytes(20, 12), 20), { pin: false });
        expect((await store.listPins()).pins).toEqual([]);
        await store.pin(cid, { name: "later" });
        expect((await store.listPins()).pins).toMatchObject([{ name: "later" }]);
      });

      it("keeps one pin for content added twice, under its latest name", async () => {
        await store.add(inPieces(seededBytes(20, 13), 20), { name: "first" });
        await store.add(inPieces(seededBytes(20, 13), 20), { name: "second" });
        expect((await store.listPins()).pins).toMatchObject([{ name: "second" }]);
      });

      it("refuses a name that is too long to be kept, and changes nothing", async () => {
        const { cid } = await store.add(inPieces(seededBytes(20, 15), 20), { name: "short" });
        const tooLong = { name: "x".repeat(5000) };
        const expected = { code: "invalid_request" };
        await expect(store.pin(cid, tooLong)).rejects.toMatchObject(expected);
        const add = store.add(inPieces(seededBytes(20, 16), 20), tooLong);
        await expect(add).rejects.toMatchObject(expected);
        expect((await store.listPins()).pins).toMatchObject([{ name: "short" }]);
      });

      it("lets go of a pin once", async () => {
        const { cid } = await store.add(inPieces(seededBytes(20, 14), 20));
        await store.unpin(cid);
        expect((await store.listPins()).pins).toEqual([]);
        await expect(store.unpin(cid)).rejects.toMatchObject({ code: "not_found" });
      });

      it("has two kinds, of which the larger stays", async () => {
        const { cid } = await store.add(inPieces(seededBytes(20, 17), 20), { pin: false });
        await store.pin(cid, { kind: "direct", name: "one block" });
        expect((await store.listPins({ kind: "recursive" })).pins).toEqual([]);
        expect((await store.listPins()).pins).toMatchObject([{ kind: "direct" }]);
        await store.pin(cid);
        await expect(store.pin(cid, { kind: "direct" })).rejects.toMatchObject({
          code: "invalid_state",
        });
        expect((await store.listPins({ kind: "direct" })).pins).toEqual([]);
        const { pins } = await store.listPins({ kind: "recursive" });
        expect(pins).toMatchObject([{ kind: "recursive", name: "one block" }]);
      });

      it("lists page by page, newest first, steady while pins come and go", async ({ skip }) => {
        if (fixture.lacks?.includes("pin_history")) skip("has an order of its own");
        const names = Array.from({ length: 7 }, (_, index) => `file ${index}`);
        for (const text of names) await store.add(inPieces(Buffer.from(text), 99), { name: text });
        const first = await store.listPins({ limit: 3 });
        expect(namesOf(first.pins)).toEqual(["file 6", "file 5", "file 4"]);
        await store.add(inPieces(Buffer.from("new"), 3), { name: "new" });
        const [gone] = first.pins.slice(-1);
        if (gone !== undefined) await store.unpin(gone.cid);
        const second = await store.listPins({ limit: 3, cursor: first.nextCursor ?? "" });
        expect(namesOf(second.pins)).toEqual(["file 3", "file 2", "file 1"]);
        const third = await store.listPins({ limit: 3, cursor: second.nextCursor ?? "" });
        expect(namesOf(third.pins)).toEqual(["file 0"]);
        expect(third.nextCursor).toBeUndefined();
      });

      it("refuses a cursor it did not give out", async () => {
        const list = store.listPins({ cursor: "not a cursor" });
        await expect(list).rejects.toMatchObject({ code: "invalid_request" });
      });
    });
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function namesOf(pins: readonly Pin[]): (string | undefined)[] {
  return pins.map(({ name }) => name);
}
