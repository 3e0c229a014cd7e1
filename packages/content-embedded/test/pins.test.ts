import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { CID, RAW } from "@ipfs-kit/core";
import { inPieces, rawBlock, seededBytes } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";

import { decodePin, encodePin, PinTable } from "../src/pins.ts";
import { openStore, temporaryDirectory, temporaryStore } from "./temporary-store.ts";

/** Pins in the table; a long battery sets 1 000 000. */
const PINS = Number(process.env["CONTENT_EMBEDDED_PINS"] ?? "100000");
/** What the rows of a page may keep in memory; all 100 000 take five times as much. */
const ALLOWED_BYTES = 8 * 1024 * 1024;

setFlagsFromString("--expose-gc");
const collectHeap: unknown = runInNewContext("gc");

/** Bytes of objects that are still in use. */
function heapInUse(): number {
  if (typeof collectHeap === "function") collectHeap();
  return process.memoryUsage().heapUsed;
}

/** A table in memory with pins of random digests, every tenth of them direct. */
function filledTable(database: DatabaseSync): PinTable {
  const table = new PinTable(database);
  const digests = new DataView(seededBytes(32 * 1024, 1).buffer);
  database.exec("BEGIN");
  for (let index = 0; index < PINS; index += 1) {
    const multihash = Buffer.alloc(34, 0x20);
    multihash[0] = 0x12;
    multihash.writeUInt32LE(digests.getUint32((index * 4) % digests.byteLength), 2);
    multihash.writeUInt32LE(index, 6);
    table.put({
      cid: CID.decode(Uint8Array.from([1, RAW, ...multihash])),
      kind: index % 10 === 0 ? "direct" : "recursive",
      name: `file ${index}.bin`,
      size: index,
      pinnedAt: new Date(index),
    });
  }
  database.exec("COMMIT");
  return table;
}

describe("the table of pins", () => {
  it("is listed page by page in constant memory", { timeout: 30_000 + PINS / 10 }, () => {
    const database = new DatabaseSync(":memory:");
    const table = filledTable(database);
    const before = heapInUse();
    let most = before;
    for (const kind of [undefined, "direct"] as const) {
      let count = 0;
      let cursor: string | undefined;
      do {
        const page = table.page({ limit: 1000, cursor, kind });
        count += page.pins.length;
        cursor = page.nextCursor;
        if (count % 20_000 === 0) most = Math.max(most, heapInUse());
      } while (cursor !== undefined);
      expect(count).toBe(kind === undefined ? PINS : Math.ceil(PINS / 10));
    }
    expect(most - before).toBeLessThan(ALLOWED_BYTES);
    database.close();
  });

  it("is asked in the order of an index, never sorted or gone through", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    await store.stop();
    const database = new DatabaseSync(join(directory, "index.db"));
    const planOf = (sql: string, ...values: number[]) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map(({ detail }) => String(detail));
    const all = "SELECT * FROM pins WHERE seq < ? ORDER BY seq DESC LIMIT ?";
    expect(planOf(all, 5, 5)).toEqual([expect.stringContaining("USING INTEGER PRIMARY KEY")]);
    const kind = "SELECT * FROM pins WHERE seq < ? AND kind = ? ORDER BY seq DESC LIMIT ?";
    expect(planOf(kind, 5, 1, 5)).toEqual([
      expect.stringMatching(/USING INDEX pins_by_kind \(kind=\? AND seq<\?\)/),
    ]);
    database.close();
  });

  it("knows pins of the first release, which have no kind, as recursive", () => {
    const { cid } = rawBlock(Buffer.from("old"));
    const payload = Buffer.from(JSON.stringify({ cid: cid.toString(), size: 3, pinnedAt: 1 }));
    expect(decodePin(payload)).toMatchObject({ kind: "recursive", size: 3 });
    const pin = { cid, kind: "direct", size: 3, pinnedAt: new Date(1) } as const;
    expect(decodePin(encodePin(pin))).toMatchObject({ kind: "direct" });
  });

  it("keeps kinds when the index is made anew", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory);
    const { cid } = await store.add(inPieces(seededBytes(10, 1), 10), { pin: false });
    const other = await store.add(inPieces(seededBytes(11, 1), 11), { pin: false });
    await store.pin(cid, { kind: "direct", name: "one" });
    await store.pin(other.cid, { kind: "direct" });
    await store.pin(other.cid);
    await store.stop();
    const database = new DatabaseSync(join(directory, "index.db"));
    database.exec("PRAGMA user_version = 1");
    database.close();
    const again = await openStore(directory);
    expect(await again.findPin(cid)).toMatchObject({ kind: "direct", name: "one" });
    expect(await again.findPin(other.cid)).toMatchObject({ kind: "recursive" });
  });
});

describe("pins and their ends", () => {
  it("come out as asked for when many are made of one root at once", async () => {
    const store = await temporaryStore();
    const { cid } = await store.add(inPieces(seededBytes(1000, 1), 1000), { pin: false });
    const told: string[] = [];
    store.events.on("pin_added", () => told.push("added"));
    store.events.on("pin_removed", () => told.push("removed"));
    const work: Promise<unknown>[] = [];
    for (let round = 0; round < 20; round += 1) {
      work.push(store.pin(cid, { name: `name ${round}` }));
      work.push(store.unpin(cid).catch(() => "was not pinned"));
    }
    await Promise.all(work);
    const isPinned = (await store.findPin(cid)) !== undefined;
    // One after the other: never two of a kind in a row.
    expect(told.every((event, index) => event !== told[index - 1])).toBe(true);
    expect(told.at(-1)).toBe(isPinned ? "added" : "removed");
  });
});
