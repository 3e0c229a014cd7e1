import {
  type CID,
  errorCodeOf,
  type ImportCarOptions,
  type ImportedCar,
  throwIfAborted,
} from "@ipfs-kit/core";
import { importCar } from "@ipfs-kit/unixfs";

import type { PackSink } from "./block-sink.ts";
import type { PinKeeper } from "./pin-keeper.ts";

/** What a pin may fail for that is a matter of its root, and not of the store. */
const OF_THE_ROOT = new Set(["not_found", "integrity", "limit_exceeded", "not_supported"]);

/** Takes in a CAR: pins each root behind its blocks, once it is known to be whole. */
export async function importArchive(
  source: AsyncIterable<Uint8Array>,
  { sink, keeper }: { sink: PackSink; keeper: PinKeeper },
  { pin = true, signal }: ImportCarOptions,
): Promise<ImportedCar> {
  const { roots, blocks, bytes } = await importCar(sink, source, { signal });
  const imported: ImportedCar["roots"] = [];
  for (const cid of roots) {
    sink.check();
    imported.push(pin ? await pinned(cid, keeper, signal) : { cid });
  }
  await sink.settled();
  return { roots: imported, blocks, bytes };
}

async function pinned(
  cid: CID,
  keeper: PinKeeper,
  signal: AbortSignal | undefined,
): Promise<ImportedCar["roots"][number]> {
  try {
    await keeper.pin(cid, { signal });
    return { cid };
  } catch (error) {
    throwIfAborted(signal);
    if (!OF_THE_ROOT.has(errorCodeOf(error))) throw error;
    return { cid, pinError: error };
  }
}
