import { walkDag, writeCar } from "@ipfs-kit/unixfs";

import { keptWhileRead } from "../../kept-while-read.ts";
import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveToBlock } from "../resolve-argument.ts";

/** `dag/export?arg`: everything under a root as a CAR, version 1, depth first. */
export async function dagExport(call: Call): Promise<Reply> {
  const { store, signal } = call;
  const cid = await resolveToBlock(store.blocks, await oneArgument(call, "root"), { signal });
  // A root that is not here is refused with a status, before the header of the archive goes out.
  await store.blocks.get(cid, { signal });
  const blocks = walkDag(store.blocks, cid, { signal });
  return { bytes: keptWhileRead(store, cid, writeCar([cid], blocks)) };
}
