import type { SQLOutputValue } from "node:sqlite";

import { IntegrityError } from "@ipfs-kit/core";

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** A whole number from a row of our own database. @throws IntegrityError when it is none */
export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw damaged(column);
}

/** Bytes from a row of our own database. @throws IntegrityError when there are none */
export function bytesIn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw damaged(column);
}

/** Text from a row, `undefined` for NULL. @throws IntegrityError when it is something else */
export function textIn(row: Row, column: string): string | undefined {
  const value = row[column];
  if (value === null || typeof value === "string") return value ?? undefined;
  throw damaged(column);
}

function damaged(column: string): IntegrityError {
  return new IntegrityError(`The index of the content store is damaged: bad value in "${column}".`);
}
