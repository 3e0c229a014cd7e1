import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveToBlock } from "../resolve-argument.ts";

/** `block/stat?arg`. */
export async function blockStat(call: Call): Promise<Reply> {
  const { store, signal } = call;
  const cid = await resolveToBlock(store.blocks, await oneArgument(call, "cid"), { signal });
  const block = await store.blocks.get(cid, { signal });
  return { value: { Key: cid.toString(), Size: block.length } };
}
