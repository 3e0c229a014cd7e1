import { statfs } from "node:fs/promises";

import { throwIfAborted, type AbortOptions, type Logger } from "@ipfs-kit/core";

import { isDigestOf } from "./digest.ts";
import type { DiskReserve } from "./disk-reserve.ts";
import type { PackFiles } from "./pack-files.ts";
import { PACK_HEADER_BYTES } from "./pack-header.ts";
import type { PackIndex, PlacedBlock } from "./pack-index.ts";
import type { PackWriter } from "./pack-writer.ts";
import { PinCarrier } from "./pin-carrier.ts";
import { readRun, runLength } from "./read-run.ts";
import { HEADER_BYTES, type PackRecord } from "./record.ts";

/** A pack is compacted when less than this share of it is still needed: the copy is the smaller part. */
const LIVE_SHARE = 0.5;

/** Blocks looked up in the index at a time. */
const PAGE = 1_000;

/** Room left on the disk beside the copy: for the index, and for adds that go on. */
const SPARE_BYTES = 256 * 1024;

export interface CompactorInit {
  directory: string;
  files: PackFiles;
  index: PackIndex;
  writer: PackWriter;
  reserve: Pick<DiskReserve, "give">;
  /** For packs whose header is damaged. */
  salt: Uint8Array;
  logger: Logger;
}

export interface Compacted {
  packs: number;
  /** What the packs took before, less what was copied. */
  bytesFreed: number;
}

interface Candidate {
  pack: number;
  bytes: number;
  /** Bytes of the records that have to be copied, a little more at most. */
  live: number;
}

/**
 * Frees the room of what was removed or superseded: copies what of a pack is still needed to the end
 * of the newest one, then deletes the pack. One pack at a time, so that never more than one half-empty
 * pack is there twice.
 *
 * A crash at any instant leaves, of each record, a copy the index knows: records are synced before the
 * index moves to them, the pack is given up in the index before its file goes.
 */
export class Compactor {
  readonly #init: CompactorInit;

  constructor(init: CompactorInit) {
    this.#init = init;
  }

  async compact({ signal }: AbortOptions = {}): Promise<Compacted> {
    const { writer } = this.#init;
    const before = writer.bytesOnDisk;
    const candidates = await this.#candidates();
    let packs = 0;
    for (const candidate of candidates) {
      throwIfAborted(signal);
      if (await this.#compactPack(candidate, signal)) packs += 1;
    }
    return { packs, bytesFreed: packs === 0 ? 0 : Math.max(0, before - writer.bytesOnDisk) };
  }

  /** The emptiest first: they make room for the copies of others. */
  async #candidates(): Promise<Candidate[]> {
    const { index, writer } = this.#init;
    const sparse = [...index.packs()]
      .filter(([pack, bytes]) => bytes > 0 && pack <= writer.position.pack)
      .map(([pack, bytes]) => ({ pack, bytes, live: this.#liveBytes(pack) }))
      .filter(({ bytes, live }) => isSparse(live, bytes));
    if (sparse.some(({ pack }) => pack === writer.position.pack)) await writer.rotate();
    return sparse.toSorted((a, b) => a.live - b.live);
  }

  #liveBytes(pack: number): number {
    const { blocks, bytes } = this.#init.index.shareOf(pack);
    const KEY_BYTES = 36;
    return bytes + blocks * (HEADER_BYTES + KEY_BYTES);
  }

  /** Whether the pack is gone; `false` when it is left as it is, for a reason that was logged. */
  async #compactPack({ pack }: Candidate, signal?: AbortSignal): Promise<boolean> {
    const { index, files, writer, logger } = this.#init;
    // Looked up again: a group may have been on its way to the newest pack.
    const bytes = index.packs().get(pack) ?? 0;
    const live = this.#liveBytes(pack);
    const isThere = (await files.list()).includes(pack);
    const pins = new PinCarrier({ ...this.#init, pack });
    const carried = isThere ? live + (await pins.bytes({ signal })) : live;
    if (!isSparse(carried, bytes)) return false;
    if (carried > 0 && !(await this.#hasRoom(carried))) {
      logger.warn("no room to compact a pack", { pack, bytes: carried });
      return false;
    }
    if (!(await this.#moveBlocks(pack, signal))) {
      logger.error("a pack with damaged blocks is not compacted", { pack });
      return false;
    }
    if (isThere) await pins.carry({ signal });
    await writer.inTurn(async () => index.dropPack(pack));
    await files.remove(pack);
    index.forgetPack(pack);
    writer.dropped(bytes);
    logger.debug("pack compacted", { pack, bytes, copied: carried });
    return true;
  }

  /** Whether there is room for so much, perhaps in what is kept back for such a need. */
  async #hasRoom(bytes: number): Promise<boolean> {
    const isRoom = async () => {
      const { bavail, bsize } = await statfs(this.#init.directory);
      return bavail * bsize >= bytes + SPARE_BYTES;
    };
    return (await isRoom()) || ((await this.#init.reserve.give()) && (await isRoom()));
  }

  /** `false` as soon as one is found damaged: it stays where it is, and its pack with it. */
  async #moveBlocks(pack: number, signal?: AbortSignal): Promise<boolean> {
    const { index } = this.#init;
    // Those moved are no longer in the pack: what is left always begins at the front.
    let page = index.blocksIn(pack, 0, PAGE);
    while (page.length > 0) {
      throwIfAborted(signal);
      if (!(await this.#moveRun(page.slice(0, runLength(page))))) return false;
      page = index.blocksIn(pack, 0, PAGE);
    }
    return true;
  }

  async #moveRun(run: readonly PlacedBlock[]): Promise<boolean> {
    const { files, index, writer, logger } = this.#init;
    const pack = run[0]?.pack ?? 0;
    const read = await files
      .use(pack, async (file) => readRun(file, run))
      .catch((error) => {
        logger.error("a pack cannot be read", { pack, error });
        return run;
      });
    const records: (PackRecord & { offset: number })[] = [];
    for (const block of read) {
      const payload = "bytes" in block ? block.bytes : undefined;
      if (payload === undefined || !(await isDigestOf(block.multihash, payload))) return false;
      records.push({ kind: "block", key: block.multihash, payload, offset: block.offset });
    }
    await writer.inTurn(async () => {
      // Meanwhile some may have been removed, or written anew.
      const here = records.filter(({ key, offset }) => {
        const place = index.find(key);
        return place?.pack === pack && place.offset === offset;
      });
      if (here.length > 0) await writer.append(here);
    });
    return true;
  }
}

function isSparse(live: number, bytes: number): boolean {
  return live <= 0 || live < (bytes - PACK_HEADER_BYTES) * LIVE_SHARE;
}
