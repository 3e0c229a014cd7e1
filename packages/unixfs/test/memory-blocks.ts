import { createHash } from "node:crypto";

import { encode, type PBLink } from "@ipld/dag-pb";
import {
  type AbortOptions,
  type BlockSource,
  CID,
  DAG_PB,
  NotFoundError,
  RAW,
  throwIfAborted,
} from "@ipfs-kit/core";

import { encodeUnixfs, type UnixfsMessage } from "../src/unixfs-message.ts";

const SLAB_BYTES = 1024 * 1024;
const MAX_ASKED = 10_000;

/** A part of a DAG, and the bytes of the file under it as its parent will state them. */
export interface Part {
  cid: CID;
  size: number;
}

/** Blocks in memory, made one by one, also such as no importer makes. Notes what it is asked for. */
export class MemoryBlocks implements BlockSource {
  /** The last so many. */
  readonly asked: CID[] = [];
  readonly #blocks = new Map<string, Uint8Array>();
  #slabRest = new Uint8Array(0);

  async get(cid: CID, { signal }: AbortOptions = {}): Promise<Uint8Array> {
    throwIfAborted(signal);
    if (this.asked.push(cid) > MAX_ASKED) this.asked.shift();
    const block = this.#blocks.get(keyOf(cid));
    if (block === undefined) throw new NotFoundError(`Block ${cid.toString()} is not here.`);
    return block.slice();
  }

  async has(cid: CID): Promise<boolean> {
    return this.#blocks.has(keyOf(cid));
  }

  add(cid: CID, block: Uint8Array): void {
    // Many small ones in one buffer: a buffer each would take more memory than what is in it.
    if (this.#slabRest.length < block.length) {
      this.#slabRest = new Uint8Array(Math.max(SLAB_BYTES, block.length));
    }
    const kept = this.#slabRest.subarray(0, block.length);
    kept.set(block);
    this.#slabRest = this.#slabRest.subarray(block.length);
    this.#blocks.set(keyOf(cid), kept);
  }

  remove(cid: CID): void {
    this.#blocks.delete(keyOf(cid));
  }

  put(codec: number, block: Uint8Array): CID {
    const digest = createHash("sha256").update(block).digest();
    const cid = CID.decode(Uint8Array.from([0x01, ...varint(codec), 0x12, 0x20, ...digest]));
    this.add(cid, block);
    return cid;
  }

  leaf(content: string | Uint8Array): Part {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    return { cid: this.put(RAW, bytes), size: bytes.length };
  }

  file(parts: readonly Part[], data = ""): Part {
    const size = parts.reduce((sum, part) => sum + part.size, data.length);
    const cid = this.unixfs(
      {
        type: "file",
        data: Buffer.from(data),
        fileSize: BigInt(size),
        blockSizes: parts.map((part) => BigInt(part.size)),
      },
      parts.map((part) => ["", part.cid]),
    );
    return { cid, size };
  }

  folder(entries: readonly (readonly [string, CID])[]): CID {
    return this.unixfs({ type: "directory" }, entries);
  }

  /** @param slots names by slot; a shard below has none */
  shard(slots: readonly (readonly [number, string, CID])[], fanout = 256): CID {
    const width = (fanout - 1).toString(16).length;
    const bits = new Uint8Array(fanout / 8);
    for (const [slot] of slots) {
      const index = bits.length - 1 - (slot >> 3);
      bits[index] = (bits[index] ?? 0) | (1 << (slot & 7));
    }
    const links = slots.map(([slot, name, cid]) => {
      const prefix = slot.toString(16).toUpperCase().padStart(width, "0");
      return [prefix + name, cid] as const;
    });
    return this.unixfs(
      { type: "shard", data: bits, hashType: 0x22n, fanout: BigInt(fanout) },
      links,
    );
  }

  unixfs(message: UnixfsMessage, links: readonly (readonly [string, CID])[]): CID {
    return this.dagPb(encodeUnixfs(message), links);
  }

  dagPb(data: Uint8Array | undefined, links: readonly (readonly [string, CID])[]): CID {
    const Links: PBLink[] = links.map(([Name, Hash]) => ({ Name, Tsize: 1, Hash }));
    // Links of one name stay in the order given; others have to be sorted already.
    return this.put(DAG_PB, encode(data === undefined ? { Links } : { Data: data, Links }));
  }
}

/** A CID that carries its bytes. */
export function identity(bytes: Uint8Array, codec = RAW): CID {
  return CID.decode(
    Uint8Array.from([0x01, ...varint(codec), 0x00, ...varint(bytes.length), ...bytes]),
  );
}

export function versionZero(cid: CID): CID {
  return CID.decode(cid.multihash.bytes);
}

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
