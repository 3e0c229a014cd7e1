import { rename, rm, type FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

import { IpfsKitError, type Logger } from "@ipfs-kit/core";

import { PackIndex, type IndexedRecord } from "./pack-index.ts";
import type { PackFiles } from "./pack-files.ts";
import { PACK_HEADER_BYTES } from "./pack-header.ts";
import { scanPack, type ScanOptions } from "./scan.ts";
import { isDamagedIndex } from "./store-errors.ts";

/**
 * Records put into the index in one transaction while packs are gone through: so many that most pages
 * of a large index are written a few times only.
 */
const BATCH = 50_000;

export interface OpenIndexInit {
  path: string;
  files: PackFiles;
  /** For packs whose header is damaged. */
  salt: Uint8Array;
  logger: Logger;
}

/**
 * Opens the index and brings it and the packs to agree, whatever happened to either:
 *
 * - an index that is missing or damaged is made anew from the packs (the old file is kept beside);
 * - whole records behind what the index knows of a pack are taken in: they were written by a group
 *   that was not acknowledged, or the index lost its last commits;
 * - what is torn behind them is cut off;
 * - packs that compaction gave up are deleted, should their files still be there.
 */
export async function openIndex({ path, files, salt, logger }: OpenIndexInit): Promise<PackIndex> {
  const index = await openOrReplace(path, logger);
  try {
    for (const id of index.droppedPacks()) {
      await files.remove(id);
      index.forgetPack(id);
    }
    const known = index.packs();
    const newest = Math.max(0, ...known.keys());
    const ids = await files.list();
    const rebuild = !index.isComplete;
    if (rebuild && ids.length > 0) logger.warn("rebuilding the index", { packs: ids.length });
    for (const id of ids) {
      const from = Math.max(known.get(id) ?? 0, PACK_HEADER_BYTES);
      const stretch = { pack: id, from, salt: (await files.saltOf(id)) ?? salt };
      const isUnknownOld = id < newest && !known.has(id);
      if (rebuild || isUnknownOld)
        await rebuildFrom(index, files, { ...stretch, isNewest: id === ids.at(-1) }, logger);
      else await adoptTail(index, files, { ...stretch, isNewest: id >= newest }, logger);
    }
    for (const [id, bytes] of known) {
      if (bytes > 0 && !ids.includes(id)) logger.error("a pack is missing", { pack: id });
    }
    if (rebuild) index.orderPinsByTime();
    index.markComplete();
    return index;
  } catch (error) {
    index.close();
    throw error;
  }
}

async function openOrReplace(path: string, logger: Logger): Promise<PackIndex> {
  try {
    return new PackIndex(path);
  } catch (error) {
    if (!isDamagedIndex(error)) throw cannotOpen(path, error);
    logger.warn("the index cannot be used and is made anew", { error });
    await rename(path, `${path}.damaged`);
    await rm(`${path}-wal`, { force: true });
    await rm(`${path}-shm`, { force: true });
    return new PackIndex(path);
  }
}

function cannotOpen(path: string, cause: unknown): IpfsKitError {
  const why = cause instanceof Error ? cause.message : "unknown reason";
  return new IpfsKitError("data_directory", `The index ${path} cannot be opened (${why}).`, {
    cause,
    details: { path },
  });
}

type Stretch = Pick<ScanOptions, "pack" | "salt" | "from" | "isNewest">;

/** Takes in all that can be made out, stepping over what cannot. Nothing is cut off. */
async function rebuildFrom(
  index: PackIndex,
  files: PackFiles,
  stretch: Stretch,
  logger: Logger,
): Promise<void> {
  const { pack } = stretch;
  await files.use(pack, async (file) => {
    const { size } = await file.stat();
    const end = await takeIn(index, file, { ...stretch, size, purpose: "rebuild" });
    if (end < size) logger.warn("a pack has an unreadable end", { pack, bytes: size - end });
    index.commit({ isSynced: false, pack, packBytes: size, records: [] });
  });
}

/**
 * Takes in the whole records behind what the index knows and cuts off the rest. Behind an older pack
 * there can only be a group that failed and could not be taken back: it goes as a whole.
 */
async function adoptTail(
  index: PackIndex,
  files: PackFiles,
  { isNewest, ...stretch }: Stretch & { isNewest: boolean },
  logger: Logger,
): Promise<void> {
  const { pack, from } = stretch;
  await files.use(pack, async (file) => {
    const { size } = await file.stat();
    // One whose header is not whole was just being made: it never held anything.
    if (size < from && from > PACK_HEADER_BYTES) {
      logger.error("a pack lost its end", { pack, bytes: from - size });
    }
    if (size <= from) return;
    const end = isNewest ? await takeIn(index, file, { ...stretch, size, purpose: "tail" }) : from;
    if (end === size) return;
    logger.warn("cutting a torn end off a pack", { pack, bytes: size - end });
    await file.truncate(end);
    await file.sync();
  });
}

/** Puts the records of a stretch into the index; returns where the last of them ends. */
async function takeIn(index: PackIndex, file: FileHandle, scan: ScanOptions): Promise<number> {
  // Records taken in count as durable from here on; perhaps nobody synced them.
  await file.sync();
  let end = scan.from;
  let batch: IndexedRecord[] = [];
  const flush = async () => {
    const records = inKeyOrder(batch);
    index.commit({ isSynced: false, pack: scan.pack, packBytes: end, records });
    batch = [];
    await setImmediate();
  };
  for await (const found of scanPack(file, scan)) {
    end = found.end;
    const { kind, key, payloadOffset: offset, payloadLength: length } = found;
    // The bytes of blocks are not needed: a batch of them would fill the memory.
    const payload = kind === "block" ? undefined : found.payload && Uint8Array.from(found.payload);
    batch.push({ kind, key, offset, length, payload });
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return end;
}

/** Blocks by key: an index is filled faster in its own order. Pins stay in the order of writing. */
function inKeyOrder(records: readonly IndexedRecord[]): IndexedRecord[] {
  const blocks = records.filter(({ kind }) => kind === "block");
  const pins = records.filter(({ kind }) => kind !== "block");
  return [...blocks.toSorted((a, b) => Buffer.compare(a.key, b.key)), ...pins];
}
