import type { FileHandle } from "node:fs/promises";

import { MAX_BLOCK_BYTES } from "../defaults.ts";
import { isSha256, isSha256Of } from "./digest.ts";
import {
  decodeHeader,
  HEADER_BYTES,
  isPayload,
  markerOf,
  MAX_HEADER_BYTES,
  type RecordHeader,
  type RecordPlace,
} from "./record.ts";
import { Window } from "./window.ts";

/** A record met while going through a pack. */
export interface FoundRecord extends RecordHeader {
  /** Where its payload stands in the pack. */
  payloadOffset: number;
  /** Where the next record begins. */
  end: number;
  /** Read and checked for pins, and for everything where the scan is thorough. */
  payload?: Uint8Array;
}

export interface ScanOptions extends Pick<RecordPlace, "salt" | "pack"> {
  from: number;
  size: number;
  /**
   * What the scan is for. `"tail"`: the end of a pack that was written but perhaps never synced:
   * every payload is checked and the first flaw ends the scan, for nothing behind it was promised.
   * `"rebuild"`: the index is lost: flawed places are stepped over, and payloads of blocks are left
   * to the check every read makes; behind a flawed place, blocks are hashed here.
   */
  purpose: "tail" | "rebuild";
  /** Then its last group may be torn: a rebuild looks at the payloads there, too. */
  isNewest?: boolean;
  /** Called for each flawed place that is stepped over. */
  onFlaw?: () => void;
}

/**
 * More than two groups, which is what is written at most before it is synced: a flaw further from the
 * end is damage, not a torn write.
 */
const LARGEST_UNSYNCED_BYTES = 32 * 1024 * 1024;

const RESYNC_WINDOW = 1024 * 1024;

/** Goes through the records of a pack, in the order they were written. */
export async function* scanPack(
  file: FileHandle,
  { salt, pack, from, size, purpose, isNewest = false, onFlaw }: ScanOptions,
): AsyncGenerator<FoundRecord, void> {
  const marker = markerOf(salt);
  const window = new Window(file, size);
  let position = from;
  let inStep = true;
  while (position < size) {
    const found = await recordAt(window, { salt, pack, offset: position }, size);
    const thorough =
      purpose === "tail" ||
      !inStep ||
      found?.kind !== "block" ||
      (isNewest && found.end > size - LARGEST_UNSYNCED_BYTES);
    const payload = found && thorough ? await payloadOf(window, found) : undefined;
    if (found === undefined || (thorough && payload === undefined)) {
      if (purpose === "tail" && position >= size - LARGEST_UNSYNCED_BYTES) return;
      onFlaw?.();
      inStep &&= found !== undefined;
      position = found?.end ?? (await nextMarker(window, { marker, from: position + 1, size }));
      continue;
    }
    position = found.end;
    if (payload === undefined) yield found;
    else if (inStep || isBlockOrPin(found, payload)) yield { ...found, payload };
  }
}

async function recordAt(
  window: Window,
  place: RecordPlace,
  size: number,
): Promise<FoundRecord | undefined> {
  const { offset } = place;
  const bytes = await window.read(offset, MAX_HEADER_BYTES);
  const header = decodeHeader(bytes, place);
  if (header === undefined || header.payloadLength > MAX_BLOCK_BYTES) return undefined;
  const payloadOffset = offset + HEADER_BYTES + header.key.length;
  const end = payloadOffset + header.payloadLength;
  return end > size ? undefined : { ...header, payloadOffset, end };
}

async function payloadOf(window: Window, found: FoundRecord): Promise<Uint8Array | undefined> {
  const payload = await window.read(found.payloadOffset, found.payloadLength);
  return payload.length === found.payloadLength && isPayload(found, payload) ? payload : undefined;
}

/** Whether a block is the one its key names. Of other hashes than sha2-256 the CRC has to do. */
function isBlockOrPin({ kind, key }: RecordHeader, payload: Uint8Array): boolean {
  return kind !== "block" || !isSha256(key) || isSha256Of(key, payload);
}

/** The next place that looks like the start of a record, or `size`. */
async function nextMarker(
  window: Window,
  { marker, from, size }: { marker: Uint8Array; from: number; size: number },
): Promise<number> {
  for (let start = from; start < size; start += RESYNC_WINDOW) {
    const overlap = marker.length - 1;
    const bytes = await window.read(start, RESYNC_WINDOW + overlap);
    const index = bytes.indexOf(marker);
    if (index >= 0) return start + index;
  }
  return size;
}
