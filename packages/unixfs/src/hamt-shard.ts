import type { CID } from "@ipfs-kit/core";
import { murmur364 } from "@multiformats/murmur3";

import type { NamedLink } from "./dag-pb-node.ts";
import type { DecodedUnixfs } from "./decode-unixfs.ts";
import { MAX_HAMT_FANOUT } from "./defaults.ts";
import { malformed } from "./node-errors.ts";

/** Slots are counted in whole bytes of the bitfield. */
const MIN_FANOUT = 8;
/** Bits of the hash that names are sorted by (murmur3-x64-64). */
export const HASH_BITS = 64;

/** One block of a sharded folder (HAMT). */
export interface Shard {
  /** Slots it has, a power of two: so many bits of a name's hash choose one of them. */
  fanout: number;
  /** What is in the slots that are taken, the first slot first. */
  slots: Slot[];
}

interface Slot extends NamedLink {
  slot: number;
  /** Of an entry; empty where there is a shard below. */
  name: string;
}

/**
 * What a shard holds. Its bitfield says which slots are taken, and the names of its links begin with
 * the slot each is in: both must say the same.
 *
 * @throws IntegrityError when they do not, or the shard is of a kind that cannot be searched
 */
export function decodeShard(
  cid: CID,
  { data, hashType, fanout = 0 }: DecodedUnixfs,
  links: readonly NamedLink[],
): Shard {
  if (fanout < MIN_FANOUT || fanout > MAX_HAMT_FANOUT || !Number.isInteger(Math.log2(fanout))) {
    throw malformed(
      cid,
      `a shard has a power of two of slots, ${MIN_FANOUT} to ${MAX_HAMT_FANOUT}`,
    );
  }
  if (hashType !== murmur364.code) throw malformed(cid, "its names are hashed in an unknown way");
  if (data.length > fanout / 8) throw malformed(cid, "its bitfield is longer than its slots");
  const taken = takenSlots(data);
  if (taken.length !== links.length) {
    throw malformed(cid, `its bitfield has ${taken.length} slots for ${links.length} links`);
  }
  const width = (fanout - 1).toString(16).length;
  const slots = links.map(({ name, cid: link, dagSize }, index) => {
    const slot = taken[index] ?? 0;
    const prefix = slot.toString(16).toUpperCase().padStart(width, "0");
    if (!name.startsWith(prefix)) throw malformed(cid, "a link of it is not in the slot it names");
    return { slot, name: name.slice(width), cid: link, dagSize };
  });
  return { fanout, slots };
}

/** The first slot is the lowest bit of the last byte; leading zero bytes may be left out. */
function takenSlots(bitfield: Uint8Array): number[] {
  const taken: number[] = [];
  for (let slot = 0; slot < bitfield.length * 8; slot += 1) {
    const byte = bitfield[bitfield.length - 1 - (slot >> 3)] ?? 0;
    if (((byte >> (slot & 7)) & 1) === 1) taken.push(slot);
  }
  return taken;
}

/** The bits by which a name is sorted into slots, the first level's first. */
export async function hashName(name: string): Promise<bigint> {
  const { digest } = await murmur364.digest(Buffer.from(name));
  return new DataView(digest.buffer, digest.byteOffset, digest.length).getBigUint64(0);
}

/** The slot of a hash after so many of its bits were used, or `undefined` when none are left. */
export function slotAt(hash: bigint, usedBits: number, fanout: number): number | undefined {
  const bits = Math.log2(fanout);
  const rest = HASH_BITS - usedBits - bits;
  return rest < 0 ? undefined : Number((hash >> BigInt(rest)) & BigInt(fanout - 1));
}
