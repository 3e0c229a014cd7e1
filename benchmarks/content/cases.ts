import { createCipheriv, hash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

import type { Subject } from "./subject.ts";

const MIB = 1024 * 1024;
const LARGE_BYTES = 256 * MIB;
const SLOW_BYTES = 512 * MIB;
const SMALL_FILES = 10_000;
const SMALL_BYTES = 2048;
/** Small files added at a time: what one busy client, or a folder, makes of it. */
const AT_ONCE = 32;
const PIECE_BYTES = 256 * 1024;

/** What a case measured beside time and CPU. */
export interface CaseResult {
  /** Bytes moved, for figures per GiB. */
  bytes: number;
  /** Resident memory above the level before, in MiB. */
  extraMib?: number;
  /** A hash of the CIDs made: whoever is compared must have made the same. */
  dags?: string;
}

export interface Case {
  /** The pairs it is good for. */
  pairs: readonly string[];
  /** Done before the clock starts. */
  prepare(subject: Subject): Promise<string[]>;
  run(subject: Subject, cids: readonly string[]): Promise<CaseResult>;
}

/** What is measured, by name. */
export const CASES: Readonly<Record<string, Case>> = {
  "add 256 MiB": {
    pairs: ["helia", "disk", "kubo"],
    prepare: async () => [],
    run: async (subject) => {
      const cid = await subject.add(stream(LARGE_BYTES, 1));
      return { bytes: LARGE_BYTES, ...dagsOf([cid]) };
    },
  },
  "cat 256 MiB": {
    pairs: ["helia", "kubo"],
    prepare: async (subject) => [await addFile(subject, stream(LARGE_BYTES, 1))],
    run: async (subject, [cid = ""]) => ({ bytes: await drain(subject.read(cid), LARGE_BYTES) }),
  },
  "add 10,000 files of 2 KiB": {
    pairs: ["helia", "kubo"],
    prepare: async () => [],
    run: async (subject) => {
      const cids = await addSmall(subject);
      return { bytes: SMALL_FILES * SMALL_BYTES, ...dagsOf(cids) };
    },
  },
  "read 10,000 files of 2 KiB": {
    pairs: ["helia", "kubo"],
    prepare: addSmall,
    run: async (subject, cids) => {
      let bytes = 0;
      for (const cid of cids) bytes += await drain(subject.read(cid), SMALL_BYTES);
      return { bytes };
    },
  },
  "slow reader of 512 MiB": {
    // The memory that matters is that of the process with the store.
    pairs: ["helia"],
    prepare: async (subject) => [await addFile(subject, stream(SLOW_BYTES, 2))],
    run: async (subject, [cid = ""]) => readSlowly(subject.read(cid)),
  },
};

function dagsOf(cids: readonly (string | undefined)[]): Pick<CaseResult, "dags"> {
  if (cids.includes(undefined)) return {};
  return { dags: hash("sha256", cids.join(" ")) };
}

async function addFile(subject: Subject, source: AsyncIterable<Uint8Array>): Promise<string> {
  const cid = await subject.add(source);
  if (cid === undefined) throw new Error("What was added has no CID.");
  return cid;
}

async function addSmall(subject: Subject): Promise<string[]> {
  const cids: string[] = [];
  let next = 0;
  const work = async () => {
    while (next < SMALL_FILES) {
      const index = next;
      next += 1;
      cids[index] = await addFile(subject, stream(SMALL_BYTES, index + 10));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cids;
}

/** Takes one piece in 20 ms for two seconds, and looks at the memory: the rest is never asked for. */
async function readSlowly(source: AsyncIterable<Uint8Array>): Promise<CaseResult> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  let bytes = 0;
  let pieces = 0;
  for await (const piece of source) {
    bytes += piece.length;
    pieces += 1;
    await wait(20);
    peak = Math.max(peak, process.memoryUsage().rss);
    if (pieces === 100) break;
  }
  return { bytes, extraMib: (peak - before) / MIB };
}

async function drain(source: AsyncIterable<Uint8Array>, expected: number): Promise<number> {
  let bytes = 0;
  for await (const piece of source) bytes += piece.length;
  if (bytes !== expected) throw new Error(`read ${bytes} bytes where ${expected} were expected`);
  return bytes;
}

/**
 * Bytes that look random, made before anything is measured. Made here, with what Node has: a test kit
 * in the measured process would be more work for its garbage collector than the store is.
 */
const PATTERN = createCipheriv(
  "aes-256-ctr",
  hash("sha256", "ipfs-kit", "buffer"),
  Buffer.alloc(16),
).update(Buffer.alloc(MIB));

/** A stream that is another one for each seed, in new pieces each time, as files and sockets give them. */
async function* stream(size: number, seed: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const from = at % MIB;
    const piece = Uint8Array.from(PATTERN.subarray(from, from + Math.min(PIECE_BYTES, size - at)));
    // The place in the file makes every block another one.
    new DataView(piece.buffer).setUint32(0, at / PIECE_BYTES + seed * 1_000_003);
    yield piece;
  }
}
