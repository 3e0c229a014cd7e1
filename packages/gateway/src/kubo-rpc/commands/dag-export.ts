import { walkDag, writeCar } from "@ipfs-kit/unixfs";

import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveToBlock } from "../resolve-argument.ts";

/** `dag/export?arg`: everything under a root as a CAR, version 1, depth first. */
export async function dagExport(call: Call): Promise<Reply> {
  const { store, signal } = call;
  const cid = await resolveToBlock(store.blocks, await oneArgument(call, "root"), { signal });
  // A root that is not here is refused with a status, before the header of the archive goes out.
  await store.blocks.get(cid, { signal });
  return { bytes: writeCar([cid], walkDag(store.blocks, cid, { signal })) };
}
