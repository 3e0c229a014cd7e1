import { decode } from "@ipld/dag-cbor";
import { CID } from "@ipfs-kit/core";

import { cborTokens } from "../cbor-tokens.ts";
import { MAX_CAR_HEADER_BYTES, MAX_CAR_PADDING_BYTES } from "../defaults.ts";
import { badCar } from "./bad-car.ts";
import type { ByteReader } from "./byte-reader.ts";

/** After the first 11 bytes of version 2: characteristics, then three numbers of 64 bits. */
const V2_HEADER_BYTES = 40;
const V2_DATA_OFFSET = 16;
const V2_DATA_SIZE = 24;
const V2_FIRST_DATA_BYTE = 51;

/** Reads up to the first section; returns the roots. Of version 2, what is inside is read. */
export async function readHeader(reader: ByteReader): Promise<CID[]> {
  const header = await readMap(reader);
  if (header.get("version") !== 2) return rootsOf(header);
  if (header.size !== 1) throw badCar("its header is not that of version 2");
  await enterV2(reader);
  return rootsOf(await readMap(reader));
}

/** Goes to the version 1 inside, and ends where it ends. The index behind it is not needed. */
async function enterV2(reader: ByteReader): Promise<void> {
  const header = Buffer.from(await reader.exactly(V2_HEADER_BYTES));
  const offset = Number(header.readBigUInt64LE(V2_DATA_OFFSET));
  const size = Number(header.readBigUInt64LE(V2_DATA_SIZE));
  const padding = offset - V2_FIRST_DATA_BYTE;
  if (padding < 0 || padding > MAX_CAR_PADDING_BYTES) throw badCar("its data offset is absurd");
  if (size === 0 || !Number.isSafeInteger(size)) throw badCar("its data size is absurd");
  await reader.skip(padding);
  reader.limit(size);
}

async function readMap(reader: ByteReader): Promise<Map<string, unknown>> {
  const length = await reader.varint(MAX_CAR_HEADER_BYTES, "The header");
  const bytes = await reader.exactly(length);
  let header: unknown;
  try {
    checkShape(bytes);
    header = decode(bytes);
  } catch (error) {
    throw badCar("its header cannot be decoded", error);
  }
  if (typeof header !== "object" || header === null) throw badCar("its header is no map");
  return new Map(Object.entries(header));
}

/** Before anything is built from it: a million empty lists in it would take 200 MiB. */
function checkShape(header: Uint8Array): void {
  for (const token of cborTokens(header)) {
    if (token.kind === "end") continue;
    const { kind, key } = token;
    const isExpected =
      (kind === "map" && key === undefined) ||
      (kind === "value" && key === "version") ||
      (kind === "list" && key === "roots") ||
      (kind === "link" && typeof key === "number");
    if (!isExpected) throw new RangeError(`It has a ${kind} where none belongs.`);
  }
}

function rootsOf(header: ReadonlyMap<string, unknown>): CID[] {
  const roots = header.get("roots");
  if (header.get("version") !== 1) throw badCar("its version is neither 1 nor 2");
  if (!Array.isArray(roots) || header.size !== 2)
    throw badCar("its header is not that of version 1");
  return roots.map((root: unknown) => {
    const cid = CID.asCID(root);
    if (cid === null) throw badCar("one of its roots is no CID");
    return cid;
  });
}
