import { createHash } from "node:crypto";

import { type Block, CID, DAG_PB, RAW } from "@ipfs-kit/core";

import { seededRandom } from "./seeded.ts";

/** A raw block. */
export function rawBlock(bytes: Uint8Array): Block {
  return blockOf(RAW, bytes);
}

/** The block of a folder that links to these, under their places as names. */
export function directoryBlock(children: readonly CID[]): Block {
  const links = children.map((cid, index) => {
    const name = Buffer.from(String(index).padStart(6, "0"));
    return field(2, Buffer.concat([field(1, cid.bytes), field(2, name), Buffer.from([0x18, 1])]));
  });
  const unixfsDirectory = Buffer.from([0x08, 0x01]);
  return blockOf(DAG_PB, Buffer.concat([...links, field(1, unixfsDirectory)]));
}

/** A CAR, version 1. */
export function carOf(roots: readonly CID[], blocks: readonly Block[]): Uint8Array {
  const links = roots.map((cid) => {
    const link = Buffer.concat([Buffer.from([0]), cid.bytes]);
    return Buffer.concat([Buffer.from([0xd8, 42, 0x58, link.length]), link]);
  });
  if (links.length > 23) throw new RangeError("At most 23 roots can be written here.");
  const header = Buffer.concat([
    Buffer.from([0xa2, 0x65, ...Buffer.from("roots"), 0x80 + links.length]),
    ...links,
    Buffer.from([0x67, ...Buffer.from("version"), 1]),
  ]);
  const sections = blocks.map(({ cid, bytes }) => withLength(Buffer.concat([cid.bytes, bytes])));
  return Buffer.concat([withLength(header), ...sections]);
}

/** A DAG with what is linked from where. */
export interface HandMadeDag {
  blocks: Block[];
  /** The blocks that a block links to, by the text of its CID. */
  links: ReadonlyMap<string, readonly CID[]>;
}

/** A random forest whose trees share parts: leaves first, then folders of what is there already. */
export function dagOf(seed: number, { leaves = 60, folders = 60 } = {}): HandMadeDag {
  const random = seededRandom(seed);
  const blocks = Array.from({ length: leaves }, (_, index) =>
    rawBlock(Buffer.from(`leaf ${index} of ${seed}`)),
  );
  const links = new Map<string, CID[]>();
  for (let count = 0; count < folders; count += 1) {
    const children = Array.from({ length: Math.floor(random() * 5) + 1 }, () => {
      const child = blocks[Math.floor(random() * blocks.length)];
      if (child === undefined) throw new RangeError("There is no such block.");
      return child.cid;
    });
    const folder = directoryBlock(children);
    blocks.push(folder);
    links.set(folder.cid.toString(), children);
  }
  return { blocks, links };
}

function blockOf(codec: number, bytes: Uint8Array): Block {
  const digest = createHash("sha256").update(bytes).digest();
  return { cid: CID.decode(Uint8Array.from([0x01, codec, 0x12, 0x20, ...digest])), bytes };
}

function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), withLength(bytes)]);
}

function withLength(bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push((rest % 0x80) + 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}
