import type { FileHandle } from "node:fs/promises";

import { MAX_BLOCK_BYTES } from "../defaults.ts";
import { readAt } from "./file-io.ts";
import {
  decodeHeader,
  HEADER_BYTES,
  isPayload,
  MAGIC,
  MAX_HEADER_BYTES,
  type RecordHeader,
} from "./record.ts";

/** A record met while going through a pack. */
export interface FoundRecord extends RecordHeader {
  /** Where its payload stands in the pack. */
  payloadOffset: number;
  /** Where the next record begins. */
  end: number;
  /** Read and checked for pins, and for everything in a thorough scan. */
  payload?: Uint8Array;
}

export interface ScanOptions {
  from: number;
  size: number;
  /**
   * What the scan is for. `"tail"`: the end of a pack that was written but perhaps never synced:
   * every payload is checked and the first flaw ends the scan, for nothing behind it was promised.
   * `"rebuild"`: the index is lost: flawed places are stepped over, and payloads of blocks are left
   * to the check every read makes.
   */
  purpose: "tail" | "rebuild";
}

const RESYNC_WINDOW = 1024 * 1024;

/** Goes through the records of a pack, in the order they were written. */
export async function* scanPack(
  file: FileHandle,
  { from, size, purpose }: ScanOptions,
): AsyncGenerator<FoundRecord, void> {
  let position = from;
  while (position < size) {
    const found = await recordAt(file, position, size);
    const thorough = purpose === "tail" || found?.kind !== "block";
    const payload = found && thorough ? await payloadOf(file, found) : undefined;
    if (found === undefined || (thorough && payload === undefined)) {
      if (purpose === "tail") return;
      position = found?.end ?? (await nextMagic(file, position + 1, size));
      continue;
    }
    yield payload === undefined ? found : { ...found, payload };
    position = found.end;
  }
}

async function recordAt(
  file: FileHandle,
  position: number,
  size: number,
): Promise<FoundRecord | undefined> {
  const bytes = await readAt(file, position, Math.min(MAX_HEADER_BYTES, size - position));
  const header = decodeHeader(bytes);
  if (header === undefined || header.payloadLength > MAX_BLOCK_BYTES) return undefined;
  const payloadOffset = position + HEADER_BYTES + header.key.length;
  const end = payloadOffset + header.payloadLength;
  return end > size ? undefined : { ...header, payloadOffset, end };
}

async function payloadOf(file: FileHandle, found: FoundRecord): Promise<Uint8Array | undefined> {
  const payload = await readAt(file, found.payloadOffset, found.payloadLength);
  return payload.length === found.payloadLength && isPayload(found, payload) ? payload : undefined;
}

/** The next place that looks like the start of a record, or `size`. */
async function nextMagic(file: FileHandle, from: number, size: number): Promise<number> {
  for (let start = from; start < size; start += RESYNC_WINDOW) {
    const overlap = MAGIC.length - 1;
    const window = await readAt(file, start, Math.min(RESYNC_WINDOW + overlap, size - start));
    const index = window.indexOf(MAGIC);
    if (index >= 0) return start + index;
  }
  return size;
}
