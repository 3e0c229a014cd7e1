import { openAsBlob } from "node:fs";
import { basename } from "node:path";

import { addLineSchema } from "@ipfs-kit/core/wire";

/** Adds bytes as a person would with curl; returns the CID. */
export async function addBytes(base: string, name: string, bytes: Blob | Uint8Array<ArrayBuffer>) {
  const form = new FormData();
  form.append("file", bytes instanceof Blob ? bytes : new Blob([bytes]), name);
  const response = await fetch(`${base}/api/v0/add`, { method: "POST", body: form });
  const text = await response.text();
  if (!response.ok) throw new Error(`add answered ${response.status}: ${text}`);
  const last = addLineSchema.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
  if (last.Hash === undefined) throw new Error(`add ended without a CID: ${text}`);
  return last.Hash;
}

/** Adds a file from disk; returns the CID. */
export async function addFile(base: string, path: string): Promise<string> {
  return addBytes(base, basename(path), await openAsBlob(path));
}
