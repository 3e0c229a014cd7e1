import type { DatabaseSync, StatementSync } from "node:sqlite";

import { CID, IpfsKitError, type Pin, type PinPage } from "@ipfs-kit/core";

import { MAX_NAME_BYTES, MAX_PIN_PAGE, PIN_PAGE } from "./defaults.ts";
import { bytesIn, numberIn, textIn, type Row } from "./rows.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS pins (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    cid BLOB NOT NULL,
    name TEXT,
    size INTEGER NOT NULL,
    media_type TEXT,
    pinned_at INTEGER NOT NULL
  )`;

/**
 * The roots that are kept. The table is a view of the pin records in the packs, written in the same
 * transaction as the blocks before them.
 */
export class PinTable {
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #find: StatementSync;
  readonly #page: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(SCHEMA);
    this.#put = database.prepare(
      `INSERT INTO pins (key, cid, name, size, media_type, pinned_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET
         name = coalesce(excluded.name, name),
         media_type = coalesce(excluded.media_type, media_type)`,
    );
    this.#delete = database.prepare("DELETE FROM pins WHERE key = ?");
    this.#find = database.prepare("SELECT * FROM pins WHERE key = ?");
    this.#page = database.prepare("SELECT * FROM pins WHERE seq < ? ORDER BY seq DESC LIMIT ?");
  }

  /** Pinning what is pinned keeps its place and time, and takes over a name or type given anew. */
  put({ cid, name, size, mediaType, pinnedAt }: Pin): void {
    const at = pinnedAt.getTime();
    this.#put.run(pinKey(cid), cid.bytes, name ?? null, size, mediaType ?? null, at);
  }

  delete(key: Uint8Array): void {
    this.#delete.run(key);
  }

  get(cid: CID): Pin | undefined {
    const row = this.#find.get(pinKey(cid));
    return row === undefined ? undefined : pinOf(row);
  }

  /** Newest first. The cursor is a place in the order of pinning: it stays good while pins come and go. */
  page({
    limit = PIN_PAGE,
    cursor,
  }: {
    limit?: number | undefined;
    cursor?: string | undefined;
  }): PinPage {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new IpfsKitError("invalid_request", "The limit of a page must be a positive number.");
    }
    const rows = Math.min(limit, MAX_PIN_PAGE);
    const found = this.#page.all(
      cursor === undefined ? Number.MAX_SAFE_INTEGER : seqOf(cursor),
      rows + 1,
    );
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
export function isKeptAlready(known: Pin | undefined, { name, mediaType }: Pin): boolean {
  if (known === undefined) return false;
  const [oldName, oldType] = [known.name, known.mediaType];
  return (name ?? oldName) === oldName && (mediaType ?? oldType) === oldType;
}

/** A pin is known by the CID's version 1: `Qm…` and `bafy…` of one node are one pin. */
export function pinKey(cid: CID): Uint8Array {
  return cid.toV1().bytes;
}

/** The payload of a pin record: the facts of the pin as JSON. */
export function encodePin({ cid, name, size, mediaType, pinnedAt }: Pin): Uint8Array {
  const facts = { cid: cid.toString(), name, size, mediaType, pinnedAt: pinnedAt.getTime() };
  return new TextEncoder().encode(JSON.stringify(facts));
}

/** Reads the payload of a pin record; `undefined` when it is none. */
export function decodePin(payload: Uint8Array): Pin | undefined {
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
    kind: "recursive",
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

function pinOf(row: Row): Pin {
  return {
    cid: CID.decode(bytesIn(row, "cid")),
    kind: "recursive",
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
