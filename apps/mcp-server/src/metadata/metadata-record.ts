import type { SQLOutputValue } from "node:sqlite";

import { CID, IntegrityError } from "@ipfs-kit/core";
import type { MetadataRecord } from "@ipfs-kit/core/wire";

export type ProbeStatus = MetadataRecord["probe_status"];

/** As numbers in the database; the index of what waits is on 0. */
export const PROBE_STATUSES: readonly ProbeStatus[] = ["pending", "done", "not_needed", "failed"];

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A CID is known by its version 1: `Qm…` and `bafy…` of one node are one record. */
export function metadataKey(cid: CID): Uint8Array {
  return cid.toV1().bytes;
}

/** @throws IntegrityError when the row is not one of ours */
export function recordOf(row: Row): MetadataRecord {
  return {
    cid: cidIn(row).toString(),
    ...known("name", textIn(row, "name")),
    ...known("size", optionalNumberIn(row, "size")),
    ...known("media_type", textIn(row, "media_type")),
    ...known("duration_seconds", optionalNumberIn(row, "duration")),
    ...known("width", optionalNumberIn(row, "width")),
    ...known("height", optionalNumberIn(row, "height")),
    ...known("codecs", listIn(row, "codecs")),
    tags: listIn(row, "tags") ?? [],
    version: numberIn(row, "version"),
    updated_at: new Date(numberIn(row, "updated_at")).toISOString(),
    probe_status: PROBE_STATUSES[numberIn(row, "probe_status")] ?? "failed",
    ...known("probe_reason_code", textIn(row, "probe_reason")),
  };
}

export function cidIn(row: Row): CID {
  const value = row["cid"];
  if (value instanceof Uint8Array) return CID.decode(value);
  throw damaged("cid");
}

export function numberIn(row: Row, column: string): number {
  const value = optionalNumberIn(row, column);
  if (value !== undefined) return value;
  throw damaged(column);
}

export function textIn(row: Row, column: string): string | undefined {
  const value = row[column];
  if (value === null || typeof value === "string") return value ?? undefined;
  throw damaged(column);
}

/** Kept as one text, with what no tag and no codec can hold between the parts. */
export const SEPARATOR = "\n";

function listIn(row: Row, column: string): string[] | undefined {
  const text = textIn(row, column);
  return text === undefined || text === "" ? undefined : text.split(SEPARATOR);
}

function optionalNumberIn(row: Row, column: string): number | undefined {
  const value = row[column];
  if (value === null || typeof value === "number") return value ?? undefined;
  throw damaged(column);
}

/** A value not known is absent. */
function known<Name extends string, T>(name: Name, value: T | undefined): Partial<Record<Name, T>> {
  const field: Partial<Record<Name, T>> = {};
  if (value !== undefined) field[name] = value;
  return field;
}

function damaged(column: string): IntegrityError {
  return new IntegrityError(`The metadata is damaged: bad value in "${column}".`);
}
