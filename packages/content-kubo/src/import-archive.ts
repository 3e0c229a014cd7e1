import type { CID, ImportCarOptions, ImportedCar } from "@ipfs-kit/core";
import { readCar } from "@ipfs-kit/unixfs";

import type { Upload } from "./dag-upload.ts";

/**
 * Takes in a CAR of somebody else. It is not passed on as it is: every block is read and verified
 * here, within our limits, and sent in an archive of our own.
 */
export async function importArchive(
  source: AsyncIterable<Uint8Array>,
  { pin = true }: ImportCarOptions,
  upload: Upload,
): Promise<{ imported: ImportedCar; pinned: readonly CID[]; keep: () => void }> {
  const { result, pinErrors, pinned, keep } = await upload(async (sink, signal) => {
    const car = await readCar(source, { signal });
    let blocks = 0;
    let bytes = 0;
    for await (const block of car.blocks) {
      await sink.put(block.cid, block.bytes);
      blocks += 1;
      bytes += block.bytes.length;
    }
    const { roots } = car;
    return { result: { roots, blocks, bytes }, pin: pin ? roots.map((cid) => ({ cid })) : [] };
  });
  const roots = result.roots.map((cid) => {
    const pinError = pinErrors.get(cid.toString());
    return pinError === undefined ? { cid } : { cid, pinError };
  });
  return { imported: { ...result, roots }, pinned, keep };
}
