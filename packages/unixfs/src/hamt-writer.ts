import { setImmediate } from "node:timers/promises";

import { encode } from "@ipld/dag-pb";
import { type CID, IpfsKitError } from "@ipfs-kit/core";
import { murmur364 } from "@multiformats/murmur3";

import { ENTRIES_PER_TURN } from "./defaults.ts";
import { type FolderEntry, linkTo, type WrittenNode } from "./folder-entry.ts";
import { encodeUnixfs } from "./unixfs-message.ts";

/** Slots of a shard: one byte of the hash chooses among them. */
const FANOUT = 256;
/** The hash has 64 bits: a byte for each level. */
const MAX_LEVELS = 8;

type PutBlock = (block: Uint8Array) => Promise<CID>;

interface Hashed {
  entry: FolderEntry;
  /** Of its name, a character for each byte. */
  hash: string;
}

/**
 * Writes a folder as a HAMT of UnixFS: names go by their hash (murmur3-x64-64) into the slots of a
 * shard, and where several meet in a slot, there is a shard below.
 *
 * @throws IpfsKitError `invalid_request` for different names with one hash, which no shard can hold
 */
export async function writeShards(
  put: PutBlock,
  entries: readonly FolderEntry[],
): Promise<WrittenNode> {
  const hashed: Hashed[] = [];
  for (const entry of entries) {
    const { digest } = await murmur364.digest(Buffer.from(entry.name));
    hashed.push({ entry, hash: Buffer.from(digest).toString("latin1") });
    if (hashed.length % ENTRIES_PER_TURN === 0) await setImmediate();
  }
  return writeShard(put, hashed, 0);
}

async function writeShard(
  put: PutBlock,
  hashed: readonly Hashed[],
  level: number,
): Promise<WrittenNode> {
  if (level === MAX_LEVELS) {
    const names = hashed.slice(0, 2).map(({ entry }) => JSON.stringify(entry.name));
    const message = `No folder of this size can hold both ${names.join(" and ")}: their hash is the same.`;
    throw new IpfsKitError("invalid_request", message);
  }
  const slots = Map.groupBy(hashed, ({ hash }) => hash.charCodeAt(level));
  const bits = new Uint8Array(FANOUT / 8);
  const links: ReturnType<typeof linkTo>[] = [];
  let dagSize = 0;
  for (let slot = 0; slot < FANOUT; slot += 1) {
    const held = slots.get(slot);
    if (held === undefined) continue;
    // The first slot is the lowest bit of the last byte.
    const index = bits.length - 1 - (slot >> 3);
    bits[index] = (bits[index] ?? 0) | (1 << (slot & 7));
    const link = await linkOf(put, slot, held, level);
    links.push(link);
    dagSize += link.Tsize;
  }
  if (level <= 1) await setImmediate();
  const block = encode({
    Data: encodeUnixfs({
      type: "shard",
      data: withoutLeadingZeros(bits),
      hashType: BigInt(murmur364.code),
      fanout: BigInt(FANOUT),
    }),
    Links: links,
  });
  return { cid: await put(block), dagSize: dagSize + block.length };
}

/** What is in a slot: an entry, its name after the slot's, or a shard, named as the slot alone. */
async function linkOf(put: PutBlock, slot: number, held: readonly Hashed[], level: number) {
  const prefix = slot.toString(16).toUpperCase().padStart(2, "0");
  const [first] = held;
  if (first !== undefined && held.length === 1) {
    const { name, cid, dagSize } = first.entry;
    return linkTo(prefix + name, cid, dagSize);
  }
  const shard = await writeShard(put, held, level + 1);
  return { Name: prefix, Hash: shard.cid, Tsize: shard.dagSize };
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
}
