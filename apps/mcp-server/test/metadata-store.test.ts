import { DatabaseSync } from "node:sqlite";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CID, noopLogger } from "@ipfs-kit/core";
import { type MetadataPage, metadataRecordSchema } from "@ipfs-kit/core/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  compileQuery,
  MAX_SCANNED_ROWS,
  type MetadataQuery,
} from "../src/metadata/metadata-query.ts";
import { openMetadataDatabase, writeFailure } from "../src/metadata/metadata-database.ts";
import { MetadataStore, type NewMetadata } from "../src/metadata/metadata-store.ts";
import { rawBlock } from "./support/blocks.ts";

let folder: string;
let path: string;
let metadata: MetadataStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
  path = join(folder, "metadata.db");
  metadata = new MetadataStore({ path, logger: noopLogger });
  await metadata.start();
});

afterEach(async () => {
  await metadata.stop();
  await rm(folder, { recursive: true, force: true });
});

async function reopen(): Promise<void> {
  await metadata.stop();
  metadata = new MetadataStore({ path, logger: noopLogger });
  await metadata.start();
}

const cidOf = (text: string) => rawBlock(text).cid;
const file = (name: string, rest: Partial<NewMetadata> = {}): NewMetadata => ({
  cid: cidOf(name),
  name,
  size: 100,
  mediaType: "text/plain",
  ...rest,
});
const namesOf = ({ items }: MetadataPage) => items.map(({ name }) => name);

describe("metadata", () => {
  it("has a record of what came in, in the documented form", () => {
    metadata.add(file("a.txt"));
    const record = metadata.get(cidOf("a.txt"));
    expect(metadataRecordSchema.parse(record)).toEqual(record);
    expect(record).toMatchObject({
      cid: cidOf("a.txt").toString(),
      name: "a.txt",
      size: 100,
      media_type: "text/plain",
      tags: [],
      version: 1,
      probe_status: "not_needed",
    });
    expect(() => metadata.get(cidOf("b"))).toThrow(expect.objectContaining({ code: "not_found" }));
  });

  it("knows content by either version of its CID", () => {
    const v0 = CID.parse("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
    metadata.add({ cid: v0, size: 4 });
    expect(metadata.get(v0.toV1()).cid).toBe(v0.toString());
    metadata.add({ cid: v0.toV1(), size: 4 });
    expect(metadata.counts().records).toBe(1);
  });

  it("keeps what is known when the same comes in again, but for a name it lacks", () => {
    metadata.add(file("a", { name: undefined }));
    metadata.update(cidOf("a"), { version: 1, tags: ["kept"] });
    metadata.add(file("a", { name: "now named" }));
    metadata.add(file("a", { name: "other" }));
    expect(metadata.get(cidOf("a"))).toMatchObject({ name: "now named", tags: ["kept"] });
  });

  it("loses its record when it leaves, with its tags", () => {
    metadata.add(file("a"));
    metadata.update(cidOf("a"), { version: 1, tags: ["x"] });
    expect(metadata.has(cidOf("a"))).toBe(true);
    metadata.remove(cidOf("a"));
    expect(metadata.has(cidOf("a"))).toBe(false);
    expect(metadata.query({ tag: "x", limit: 10 })).toEqual({ items: [] });
    metadata.add(file("a"));
    expect(metadata.get(cidOf("a")).tags).toEqual([]);
    expect(metadata.counts()).toEqual({ records: 1, pending: 0 });
  });

  it("survives a restart", async () => {
    metadata.add(file("a"));
    metadata.update(cidOf("a"), { version: 1, name: "renamed", tags: ["b", "a", "b"] });
    const before = metadata.get(cidOf("a"));
    expect(before.tags).toEqual(["a", "b"]);
    await reopen();
    expect(metadata.get(cidOf("a"))).toEqual(before);
    expect(metadata.counts().records).toBe(1);
  });

  it("knows how many records there are, and how many wait, without counting", async () => {
    for (const name of ["a", "b", "c", "d"]) metadata.add(file(name, { mediaType: "video/mp4" }));
    metadata.add(file("a", { mediaType: "video/mp4" }));
    metadata.add(file("text"));
    metadata.setProbed(cidOf("a"), { status: "done" });
    metadata.setProbed(cidOf("a"), { status: "done" });
    metadata.setProbed(cidOf("b"), { status: "pending", reasonCode: "unavailable" });
    metadata.setProbed(cidOf("nobody"), { status: "done" });
    metadata.setProbed(cidOf("c"), { status: "failed" });
    metadata.setProbed(cidOf("c"), { status: "pending" });
    metadata.remove(cidOf("a"));
    metadata.remove(cidOf("d"));
    metadata.remove(cidOf("d"));
    const kept = metadata.counts();
    expect(kept).toEqual({ records: 3, pending: 2 });
    await reopen();
    expect(metadata.counts()).toEqual(kept);
  });

  it("is begun anew, and the old put aside, when the file is damaged", async () => {
    await metadata.stop();
    await writeFile(path, "not a database, and longer than a header of one would be".repeat(100));
    await reopen();
    metadata.add(file("a"));
    expect(metadata.has(cidOf("a"))).toBe(true);
    expect((await readdir(folder)).some((name) => name.includes("damaged"))).toBe(true);
  });

  it("belongs to one server at a time", async () => {
    const second = new MetadataStore({ path, logger: noopLogger });
    await expect(second.start()).rejects.toMatchObject({ code: "data_directory" });
    await metadata.stop();
    await second.start();
    await second.stop();
  });

  it("of a later version is left alone", async () => {
    await metadata.stop();
    const database = openMetadataDatabase(path, noopLogger);
    database.exec("PRAGMA user_version = 99");
    database.close();
    await expect(metadata.start()).rejects.toMatchObject({ code: "data_directory" });
  });
});

describe("a change", () => {
  it("is refused when somebody else was quicker", () => {
    metadata.add(file("a"));
    expect(metadata.update(cidOf("a"), { version: 1, tags: ["mine"] }).version).toBe(2);
    const late = () => metadata.update(cidOf("a"), { version: 1, tags: ["theirs"] });
    expect(late).toThrow(expect.objectContaining({ code: "invalid_state" }));
    expect(metadata.get(cidOf("a"))).toMatchObject({ tags: ["mine"], version: 2 });
  });

  it("changes what it names and nothing else", () => {
    metadata.add(file("a"));
    metadata.update(cidOf("a"), { version: 1, tags: ["t"] });
    expect(metadata.update(cidOf("a"), { version: 2, name: "new" })).toMatchObject({
      name: "new",
      tags: ["t"],
    });
    const cleared = metadata.update(cidOf("a"), { version: 3, name: null, tags: [] });
    expect(cleared).toMatchObject({ tags: [], version: 4 });
    expect(cleared).not.toHaveProperty("name");
    expect(metadata.query({ tag: "t", limit: 1 }).items).toEqual([]);
  });
});

describe("a list of metadata", () => {
  it("is in pages, newest first, and skips and repeats nothing while rows come and go", () => {
    for (let count = 0; count < 10; count += 1) metadata.add(file(`${count}`));
    const first = metadata.query({ limit: 4 });
    expect(namesOf(first)).toEqual(["9", "8", "7", "6"]);
    metadata.add(file("later"));
    metadata.remove(cidOf("6"));
    metadata.remove(cidOf("4"));
    const second = metadata.query({ limit: 4, cursor: first.next_cursor });
    expect(namesOf(second)).toEqual(["5", "3", "2", "1"]);
    const third = metadata.query({ limit: 4, cursor: second.next_cursor });
    expect(third).toMatchObject({ items: [{ name: "0" }] });
    expect(third).not.toHaveProperty("next_cursor");
  });

  it("has what is asked for", () => {
    metadata.add(file("Beach.mp4", { mediaType: "video/mp4", size: 5_000 }));
    metadata.add(file("beach.webm", { mediaType: "video/webm", size: 100 }));
    metadata.add(file("song.mp3", { mediaType: "audio/mpeg", size: 3_000 }));
    metadata.add(file("100%_sure.txt", { mediaType: "text/plain", size: 10 }));
    metadata.update(cidOf("Beach.mp4"), { version: 1, tags: ["summer"] });
    metadata.update(cidOf("song.mp3"), { version: 1, tags: ["summer", "loud"] });
    const names = (query: object) => namesOf(metadata.query({ limit: 10, ...query }));
    expect(names({ mediaType: "video/*" })).toEqual(["beach.webm", "Beach.mp4"]);
    expect(names({ mediaType: "video/mp4" })).toEqual(["Beach.mp4"]);
    expect(names({ tag: "summer" })).toEqual(["song.mp3", "Beach.mp4"]);
    expect(names({ tag: "summer", mediaType: "audio/*" })).toEqual(["song.mp3"]);
    expect(names({ name: "BEACH" })).toEqual(["beach.webm", "Beach.mp4"]);
    expect(names({ name: "%" })).toEqual(["100%_sure.txt"]);
    expect(names({ minSize: 100, maxSize: 3_000 })).toEqual(["song.mp3", "beach.webm"]);
    expect(names({ mediaType: "video/*", minSize: 101, name: "b" })).toEqual(["Beach.mp4"]);
  });

  it("refuses a cursor it did not give out", () => {
    for (const cursor of ["x", "1.5", "00", "1e3", "9".repeat(30)]) {
      const query = () => metadata.query({ limit: 1, cursor });
      expect(query).toThrow(expect.objectContaining({ code: "invalid_request" }));
    }
  });

  it("takes in what was there before below all else", () => {
    metadata.add(file("newest"));
    metadata.addBelow([file("old"), file("newest"), file("older")]);
    metadata.addBelow([file("oldest")]);
    expect(namesOf(metadata.query({ limit: 10 }))).toEqual(["newest", "old", "older", "oldest"]);
    const page = metadata.query({ limit: 2 });
    expect(namesOf(metadata.query({ limit: 9, cursor: page.next_cursor }))).toEqual([
      "older",
      "oldest",
    ]);
  });
});

describe("many records", { timeout: 120_000 }, () => {
  const rows = Number(process.env["IPFS_KIT_METADATA_ROWS"] ?? 21_000);
  /** Fewer and fewer rows match. */
  const questions: Omit<MetadataQuery, "limit" | "cursor">[] = [
    {},
    { mediaType: "video/*" },
    { mediaType: "video/mp4", minSize: 10 },
    { tag: "rare" },
    { tag: "rare", name: "9" },
    { name: "nothing has this" },
    { minSize: rows * 2 },
  ];

  it("are found with a bounded look each, and all of them in the end", () => {
    const pieces: NewMetadata[] = [];
    for (let count = 0; count < rows; count += 1) {
      const mediaType = count % 3 === 0 ? "video/mp4" : "text/plain";
      pieces.push({ ...file(`file ${count}`), size: count, mediaType });
      if (pieces.length === 10_000 || count === rows - 1) metadata.addBelow(pieces.splice(0));
    }
    const tagged = Array.from({ length: 10 }, (_, index) => Math.floor((index * rows) / 10));
    for (const count of tagged) {
      metadata.update(cidOf(`file ${count}`), { version: 1, tags: ["rare"] });
    }
    for (const question of questions) {
      const found = new Set<string>();
      let pages = 0;
      let cursor: string | undefined;
      do {
        const page = metadata.query({ limit: 1_000, cursor, ...question });
        for (const { cid } of page.items) found.add(cid);
        cursor = page.next_cursor;
        pages += 1;
      } while (cursor !== undefined);
      const { mediaType, minSize = 0, tag, name = "" } = question;
      let expected = 0;
      for (let count = 0; count < rows; count += 1) {
        if (mediaType !== undefined && count % 3 !== 0) continue;
        if (count < minSize || (tag !== undefined && !tagged.includes(count))) continue;
        if (`file ${count}`.includes(name)) expected += 1;
      }
      expect([question, found.size]).toEqual([question, expected]);
      expect(pages).toBeLessThanOrEqual(2 + rows / MAX_SCANNED_ROWS + expected / 1_000);
    }
  });

  it("are looked through along an index, never sorted", async () => {
    await metadata.stop();
    const database = openMetadataDatabase(path, noopLogger);
    for (const question of questions) {
      const { sql, scannedSql, parameters, scannedParameters } = compileQuery({
        limit: 100,
        ...question,
      });
      for (const [statement, values] of [
        [sql, parameters],
        [scannedSql, scannedParameters],
      ] as const) {
        const plan = database
          .prepare(`EXPLAIN QUERY PLAN ${statement}`)
          .all(values)
          .map(({ detail }) => String(detail));
        expect(plan.join("; ")).not.toMatch(/TEMP B-TREE|SCAN records\b/);
        expect(plan.join("; ")).toMatch(/SEARCH (?:records|tags) USING/);
      }
    }
    database.close();
  });
});

describe("a disk without room", () => {
  it("is told as such to whoever changes something", () => {
    using database = new DatabaseSync(":memory:");
    database.exec("PRAGMA max_page_count = 2; CREATE TABLE t (x BLOB)");
    let failure: unknown;
    try {
      database.exec("INSERT INTO t VALUES (zeroblob(100000))");
    } catch (error) {
      failure = writeFailure(error);
    }
    expect(failure).toMatchObject({ code: "storage_full" });
    const other = new Error("something else");
    expect(writeFailure(other)).toBe(other);
  });
});
