import { encode, prepare } from "@ipld/dag-pb";
import { CID, DAG_PB, RAW } from "@ipfs-kit/core";
import { UnixFS } from "ipfs-unixfs";
import type { InProgressImportResult, WritableStorage } from "ipfs-unixfs-importer";
import { balanced, type FileLayout } from "ipfs-unixfs-importer/layout";
import { sha256 } from "multiformats/hashes/sha2";

import { LINKS_PER_NODE } from "./defaults.ts";

/** Numbers of the UnixFS schema: fields of `Data`, and the type "file". */
const TYPE_FIELD = 1;
const FILE_SIZE_FIELD = 3;
const BLOCK_SIZES_FIELD = 4;
const FILE_TYPE = 2n;

/**
 * The balanced tree of the importer, with inner nodes written here: the protobuf writer behind
 * `ipfs-unixfs` 13 (protons-runtime, all releases up to 8.0.1) garbles sizes from 2 GiB up to 4 GiB,
 * and with them the root of every file of such a size.
 */
export function fileLayout(storage: WritableStorage): FileLayout {
  const balance = balanced({ maxChildrenPerNode: LINKS_PER_NODE });
  return async (source, reduce) =>
    balance(source, async (parts) => {
      const isWholeFile = parts.some((part) => "single" in part && part.single);
      return isWholeFile ? reduce(parts) : joinParts(storage, parts);
    });
}

/** One node above the parts of a file. */
async function joinParts(
  storage: WritableStorage,
  parts: readonly InProgressImportResult[],
): Promise<InProgressImportResult> {
  const sizes = parts.map(({ cid, size, unixfs }) =>
    cid.code === RAW ? size : (unixfs?.fileSize() ?? 0n),
  );
  const block = encode(
    prepare({
      Data: encodeFileNode(sizes),
      Links: parts.map(({ cid, size }) => ({ Name: "", Hash: cid, Tsize: Number(size) })),
    }),
  );
  const cid = CID.createV1(DAG_PB, await sha256.digest(block));
  await storage.put(cid, block);
  return {
    cid,
    unixfs: new UnixFS({ type: "file", blockSizes: sizes }),
    size: parts.reduce((sum, part) => sum + part.size, BigInt(block.length)),
    block,
  };
}

/** The UnixFS `Data` message of an inner node of a file, as protobuf. */
export function encodeFileNode(sizes: readonly bigint[]): Uint8Array {
  const total = sizes.reduce((sum, size) => sum + size, 0n);
  return Uint8Array.from([
    ...varintField(TYPE_FIELD, FILE_TYPE),
    ...varintField(FILE_SIZE_FIELD, total),
    ...sizes.flatMap((size) => varintField(BLOCK_SIZES_FIELD, size)),
  ]);
}

function varintField(field: number, value: bigint): number[] {
  const bytes = [field << 3];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
