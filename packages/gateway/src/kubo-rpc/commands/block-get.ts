import type { Call, Reply } from "../command.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { oneArgument } from "../one-argument.ts";

/** `block/get?arg`: the bytes of one block. */
export async function blockGet(call: Call): Promise<Reply> {
  const { store, signal } = call;
  const cid = await resolveToBlock(store.blocks, await oneArgument(call, "cid"), { signal });
  const block = await store.blocks.get(cid, { signal });
  return {
    bytes: (async function* () {
      yield block;
    })(),
  };
}
