import { type Block, CID, RAW } from "@ipfs-kit/core";
import { inPieces, seededBytes } from "@ipfs-kit/testing";
import { readCar } from "@ipfs-kit/unixfs";
import { CarWriter } from "@ipld/car";
import { identity } from "multiformats/hashes/identity";
import { sha256, sha512 } from "multiformats/hashes/sha2";

/** Blocks of these sizes, under CIDs of both versions and several hashes. */
export async function blocksOf(sizes: readonly number[]): Promise<Block[]> {
  return Promise.all(
    sizes.map(async (size, index) => {
      const bytes = seededBytes(size, index + 1);
      if (index % 4 === 1) return { cid: CID.createV0(await sha256.digest(bytes)), bytes };
      const hasher = index % 4 === 3 ? sha512 : sha256;
      return { cid: CID.createV1(RAW, await hasher.digest(bytes)), bytes };
    }),
  );
}

export function identityBlock(bytes: Uint8Array): Block {
  return { cid: CID.createV1(RAW, identity.digest(bytes)), bytes };
}

/** What the library makes of roots and blocks. */
export async function libraryCar(
  roots: readonly CID[],
  blocks: readonly Block[],
): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create([...roots]);
  const written = (async () => {
    for (const block of blocks) await writer.put(block);
    await writer.close();
  })();
  const pieces: Uint8Array[] = [];
  for await (const piece of out) pieces.push(piece);
  await written;
  return Buffer.concat(pieces);
}

/** All that our reader takes from a CAR. */
export async function readAll(
  car: Uint8Array,
  piece = 4096,
): Promise<{ roots: CID[]; blocks: Block[] }> {
  const { roots, blocks } = await readCar(inPieces(car, piece));
  return { roots, blocks: await allOf(blocks) };
}

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

export async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

export function texts(blocks: readonly Block[]): string[] {
  return blocks.map(({ cid, bytes }) => `${cid.toString()} ${Buffer.from(bytes).toString("hex")}`);
}

/** The CAR in an envelope of version 2, as `car index` would make it. */
export function asVersion2(
  car: Uint8Array,
  {
    padding = 0,
    offset = BigInt(51 + padding),
    size = BigInt(car.length),
    index = Buffer.from("8108not looked at"),
  }: { padding?: number; offset?: bigint; size?: bigint; index?: Uint8Array } = {},
): Uint8Array {
  const header = Buffer.alloc(40);
  header.writeBigUInt64LE(offset, 16);
  header.writeBigUInt64LE(size, 24);
  const pragma = Buffer.from("0aa16776657273696f6e02", "hex");
  return Buffer.concat([pragma, header, Buffer.alloc(padding), car, index]);
}
