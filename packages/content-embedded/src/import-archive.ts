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
    // A store that is full or stopped is no matter of this root.
    if (["storage_full", "invalid_state", "internal"].includes(errorCodeOf(error))) throw error;
    return { cid, pinError: error };
  }
}
