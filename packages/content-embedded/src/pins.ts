import type { DatabaseSync, StatementSync } from "node:sqlite";

import { CID, IpfsKitError, type Pin, type PinKind, type PinPage } from "@ipfs-kit/core";

import { MAX_NAME_BYTES, MAX_PIN_PAGE, MAX_ROOTS_LET_GO, PIN_PAGE } from "./defaults.ts";
import { bytesIn, numberIn, textIn, type Row } from "./rows.ts";

/** A pin as this store writes it down: it always knows its size and time. */
export interface KeptPin extends Pin {
  size: number;
  pinnedAt: Date;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pins (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    cid BLOB NOT NULL,
    name TEXT,
    size INTEGER NOT NULL,
    media_type TEXT,
    pinned_at INTEGER NOT NULL,
    kind INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS pins_by_kind ON pins (kind, seq);
  CREATE TABLE IF NOT EXISTS let_go (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB NOT NULL UNIQUE, cid BLOB NOT NULL
  );`;

/** As numbers, so that of two kinds the larger covers more. */
const KINDS: readonly PinKind[] = ["direct", "recursive"];

/**
 * The roots that are kept. The table is a view of the pin records in the packs, written in the same
 * transaction as the blocks before them.
 */
export class PinTable {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #find: StatementSync;
  readonly #page: StatementSync;
  readonly #pageOfKind: StatementSync;
  readonly #letGo: StatementSync;
  readonly #trimLetGo: StatementSync;
  readonly #forgetLetGo: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(SCHEMA);
    this.#database = database;
    this.#put = database.prepare(
      `INSERT INTO pins (key, cid, name, size, media_type, pinned_at, kind)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET
         name = coalesce(excluded.name, name),
         media_type = coalesce(excluded.media_type, media_type),
         kind = max(kind, excluded.kind)`,
    );
    this.#delete = database.prepare("DELETE FROM pins WHERE key = ?");
    this.#find = database.prepare("SELECT * FROM pins WHERE key = ?");
    this.#page = database.prepare("SELECT * FROM pins WHERE seq < ? ORDER BY seq DESC LIMIT ?");
    this.#pageOfKind = database.prepare(
      "SELECT * FROM pins WHERE seq < ? AND kind = ? ORDER BY seq DESC LIMIT ?",
    );
    this.#letGo = database.prepare(
      "INSERT OR REPLACE INTO let_go (key, cid) SELECT key, cid FROM pins WHERE key = ?",
    );
    this.#trimLetGo = database.prepare(
      `DELETE FROM let_go WHERE seq <= (SELECT max(seq) FROM let_go) - ${MAX_ROOTS_LET_GO}`,
    );
    this.#forgetLetGo = database.prepare("DELETE FROM let_go WHERE key = ?");
  }

  /**
   * Pinning what is pinned keeps its place and time, takes over a name or type given anew, and the
   * kind that covers more.
   */
  put({ cid, kind, name, size, mediaType, pinnedAt }: KeptPin): void {
    const key = pinKey(cid);
    const at = pinnedAt.getTime();
    const level = KINDS.indexOf(kind);
    this.#put.run(key, cid.bytes, name ?? null, size, mediaType ?? null, at, level);
    this.#forgetLetGo.run(key);
  }

  /** The root is remembered as let go of. */
  delete(key: Uint8Array): void {
    this.#letGo.run(key);
    this.#trimLetGo.run();
    this.#delete.run(key);
  }

  /** The roots unpinned last, oldest first, unless pinned again or forgotten. */
  letGo(): CID[] {
    const rows = this.#database.prepare("SELECT cid FROM let_go ORDER BY seq").all();
    return rows.map((row) => CID.decode(bytesIn(row, "cid")));
  }

  forgetLetGo(roots: readonly CID[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const cid of roots) this.#forgetLetGo.run(pinKey(cid));
      this.#database.exec("COMMIT");
    } catch (error) {
      // A full disk makes SQLite roll back by itself; a second ROLLBACK would then hide the reason.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  get(cid: CID): KeptPin | undefined {
    const row = this.#find.get(pinKey(cid));
    return row === undefined ? undefined : pinOf(row);
  }

  /** Newest first. The cursor is a place in the order of pinning: it stays good while pins come and go. */
  page({
    limit = PIN_PAGE,
    cursor,
    kind,
  }: {
    limit?: number | undefined;
    cursor?: string | undefined;
    kind?: PinKind | undefined;
  }): PinPage {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new IpfsKitError("invalid_request", "The limit of a page must be a positive number.");
    }
    const rows = Math.min(limit, MAX_PIN_PAGE);
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : seqOf(cursor);
    const found =
      kind === undefined
        ? this.#page.all(before, rows + 1)
        : this.#pageOfKind.all(before, KINDS.indexOf(kind), rows + 1);
    const shown = found.slice(0, rows);
    const last = shown.at(-1);
    const pins = shown.map(pinOf);
    return found.length > rows && last !== undefined
      ? { pins, nextCursor: String(numberIn(last, "seq")) }
      : { pins };
  }
}

/** @throws IpfsKitError `invalid_request` when it is too long to be kept */
export function checkName(name: string | undefined): void {
  if (name === undefined || Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new IpfsKitError("invalid_request", `A name has at most ${MAX_NAME_BYTES} bytes of UTF-8.`);
}

/** Whether the table would say the same after {@link PinTable.put}. */
export function isKeptAlready(known: Pin | undefined, { kind, name, mediaType }: Pin): boolean {
  if (known === undefined || KINDS.indexOf(kind) > KINDS.indexOf(known.kind)) return false;
  const [oldName, oldType] = [known.name, known.mediaType];
  return (name ?? oldName) === oldName && (mediaType ?? oldType) === oldType;
}

/** A pin is known by the CID's version 1: `Qm…` and `bafy…` of one node are one pin. */
export function pinKey(cid: CID): Uint8Array {
  return cid.toV1().bytes;
}

/** The payload of a pin record: the facts of the pin as JSON. */
export function encodePin({ cid, kind, name, size, mediaType, pinnedAt }: KeptPin): Uint8Array {
  const facts = { cid: cid.toString(), kind, name, size, mediaType, pinnedAt: pinnedAt.getTime() };
  return new TextEncoder().encode(JSON.stringify(facts));
}

/** Reads the payload of a pin record; `undefined` when it is none. */
export function decodePin(payload: Uint8Array): KeptPin | undefined {
  let facts: unknown;
  let cid: CID;
  try {
    facts = JSON.parse(new TextDecoder().decode(payload));
    cid = CID.parse(String(field(facts, "cid")));
  } catch {
    return undefined;
  }
  const size = field(facts, "size");
  const pinnedAt = field(facts, "pinnedAt");
  if (typeof size !== "number" || typeof pinnedAt !== "number") return undefined;
  const name = textOr(field(facts, "name"));
  return {
    cid,
    // Records of the first release do not say: then all pins were recursive.
    kind: field(facts, "kind") === "direct" ? "direct" : "recursive",
    name,
    size,
    mediaType: textOr(field(facts, "mediaType")),
    pinnedAt: new Date(pinnedAt),
  };
}

function field(facts: unknown, name: string): unknown {
  return typeof facts === "object" && facts !== null ? Reflect.get(facts, name) : undefined;
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function pinOf(row: Row): KeptPin {
  return {
    cid: CID.decode(bytesIn(row, "cid")),
    kind: KINDS[numberIn(row, "kind")] ?? "recursive",
    name: textIn(row, "name"),
    size: numberIn(row, "size"),
    mediaType: textIn(row, "media_type"),
    pinnedAt: new Date(numberIn(row, "pinned_at")),
  };
}

function seqOf(cursor: string): number {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor);
  throw new IpfsKitError("invalid_request", "The cursor is not one that a page of pins gave out.");
}
