import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  type ContentEvents,
  type ContentRepository,
  Emitter,
  noopLogger,
  type Pin,
  TimeoutError,
  UnavailableError,
} from "@ipfs-kit/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MetadataKeeper } from "../src/metadata/metadata-keeper.ts";
import { MetadataProber } from "../src/metadata/metadata-prober.ts";
import { MetadataStore } from "../src/metadata/metadata-store.ts";
import { rawBlock } from "./support/blocks.ts";
import { fakeRepository } from "./support/fake-repository.ts";
import { hugeIndex } from "./support/huge-index.ts";

let folder: string;
let metadata: MetadataStore;
let events: Emitter<ContentEvents>;
const keepers: MetadataKeeper[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
  metadata = new MetadataStore({ path: join(folder, "metadata.db"), logger: noopLogger });
  await metadata.start();
  events = new Emitter();
});

afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.stop();
  await metadata.stop();
  await rm(folder, { recursive: true, force: true });
});

async function keep(given: Partial<ContentRepository>, catchesUp = false): Promise<MetadataKeeper> {
  const repository = fakeRepository({ events, ...given });
  const keeper = new MetadataKeeper({ metadata, repository, logger: noopLogger, catchesUp });
  keepers.push(keeper);
  await keeper.start();
  return keeper;
}

const cidOf = (text: string) => rawBlock(text).cid;
const pinOf = (name: string): Pin => ({
  cid: cidOf(name),
  kind: "recursive",
  name,
  size: 4,
  mediaType: "text/plain",
});
/** Pins as a store lists them, in pages of its own size. */
const listing =
  (pins: readonly Pin[], asked: (string | undefined)[] = []): ContentRepository["listPins"] =>
  async ({ cursor, limit = 2 } = {}) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    const page = { pins: pins.slice(from, from + Math.min(limit, 2)) };
    return from + 2 < pins.length ? { ...page, nextCursor: String(from + 2) } : page;
  };
const names = () => metadata.query({ limit: 100 }).items.map(({ name }) => name);

/** Looks at bytes over a store that can only be asked for what something is, and perhaps read. */
function run(
  stat: ContentRepository["stat"],
  read: Partial<Pick<ContentRepository, "read">> = {},
): () => Promise<void> {
  const store = fakeRepository({ stat, ...read });
  const prober = new MetadataProber({ metadata, store, logger: noopLogger, retryMs: 1 });
  const stop = new AbortController();
  const ended = prober.run(stop.signal);
  return async () => {
    stop.abort(new Error("stop"));
    await ended;
  };
}

describe("the metadata of a repository", () => {
  it("knows what was pinned without being added", async () => {
    await keep({ findPin: async () => pinOf("by hand") });
    events.emit("pin_added", { cid: cidOf("by hand"), kind: "recursive" });
    await expect.poll(names).toEqual(["by hand"]);
  });

  it("finds out size and type of what it only has a CID of", async () => {
    const { cid, bytes } = rawBlock("%PDF-1.7 and so on");
    await keep({
      findPin: async () => ({ cid, kind: "recursive" }),
      stat: async () => ({ cid, type: "file", size: bytes.length }),
      read: async function* read() {
        yield bytes;
      },
    });
    events.emit("pin_added", { cid, kind: "recursive" });
    await expect.poll(() => metadata.has(cid) && metadata.get(cid).probe_status).toBe("not_needed");
    expect(metadata.get(cid)).toMatchObject({ size: bytes.length, media_type: "application/pdf" });
  });

  it("takes in the pins of before once, newest first, and then only what it missed", async () => {
    const pins = ["e", "d", "c", "b", "a"].map(pinOf);
    const first = await keep({ listPins: listing(pins) }, true);
    await expect.poll(() => metadata.isBackfilled).toBe(true);
    expect(names()).toEqual(["e", "d", "c", "b", "a"]);
    await first.stop();
    const asked: (string | undefined)[] = [];
    await keep({ listPins: listing(["g", "f"].map(pinOf).concat(pins), asked) }, true);
    await expect.poll(names).toEqual(["g", "f", "e", "d", "c", "b", "a"]);
    expect(asked).toEqual([undefined, "2"]);
  });

  it("begins again with the pins of before when it was interrupted", async () => {
    const pins = ["e", "d", "c", "b", "a"].map(pinOf);
    const page = listing(pins);
    const cut = await keep(
      {
        listPins: async (options) => {
          if (options?.cursor === "4") throw new UnavailableError("Not now.");
          return page(options);
        },
      },
      true,
    );
    await expect.poll(names).toEqual(["e", "d", "c", "b"]);
    await cut.stop();
    expect(metadata.isBackfilled).toBe(false);
    await keep({ listPins: page }, true);
    await expect.poll(names).toEqual(["e", "d", "c", "b", "a"]);
  });
});

describe("the look at the bytes", () => {
  const film = { ...rawBlock("film"), mediaType: "video/mp4", size: 4 };

  it("is tried again as long as the store is out of reach", async () => {
    metadata.add(film);
    let asked = 0;
    const end = run(async () => {
      asked += 1;
      throw new UnavailableError("Kubo is down.");
    });
    await expect.poll(() => asked).toBeGreaterThan(8);
    await end();
    expect(metadata.get(film.cid)).toMatchObject({
      probe_status: "pending",
      probe_reason_code: "unavailable",
    });
  });

  it("is given up when the content never comes, and nobody waits behind it", async () => {
    const text = { ...rawBlock("some text"), size: undefined };
    metadata.add(film);
    metadata.add(text);
    const order: string[] = [];
    const end = run(async (cid) => {
      order.push(cid.equals(film.cid) ? "film" : "text");
      if (cid.equals(film.cid)) throw new TimeoutError("It took too long.");
      return { cid, type: "directory", size: 3 };
    });
    await expect.poll(() => metadata.get(film.cid).probe_status).toBe("failed");
    expect(metadata.get(film.cid).probe_reason_code).toBe("timeout");
    expect(order).toEqual(["film", "text", "film", "film", "film", "film"]);
    expect(metadata.get(text.cid)).toMatchObject({ media_type: "inode/directory" });
    await end();
  });

  it("reads no more than some megabytes of a file that says its index is huge", async () => {
    const bomb = hugeIndex(24 * 1024 * 1024);
    metadata.add({ ...film, size: bomb.length });
    let read = 0;
    const end = run(async (cid) => ({ cid, type: "file", size: bomb.length }), {
      async *read(_cid, { offset = 0, length = Infinity } = {}) {
        const to = Math.min(bomb.length, offset + length);
        for (let at = offset; at < to; at += 262_144) {
          const chunk = bomb.subarray(at, Math.min(at + 262_144, to));
          read += chunk.length;
          yield new Uint8Array(chunk);
        }
      },
    });
    await expect.poll(() => metadata.get(film.cid).probe_status).toBe("failed");
    expect(metadata.get(film.cid).probe_reason_code).toBe("limit_exceeded");
    expect(read).toBeLessThan(9 * 1024 * 1024);
    await end();
  });

  it("says why it waits, and is still to be done after a restart", async () => {
    metadata.add(film);
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const end = run(async (_cid, { signal } = {}) => {
      resolve();
      return new Promise((_done, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    });
    await begun;
    await end();
    expect(metadata.get(film.cid)).toMatchObject({ probe_status: "pending", version: 1 });
    expect(metadata.counts().pending).toBe(1);
  });

  it("does not bring back what was removed meanwhile", async () => {
    metadata.add(film);
    const end = run(async () => {
      metadata.remove(film.cid);
      throw new UnavailableError("Kubo is down.");
    });
    await expect.poll(() => metadata.counts()).toEqual({ records: 0, pending: 0 });
    await end();
    expect(metadata.has(film.cid)).toBe(false);
  });
});
