import { cidObject } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveArgument } from "../resolve-argument.ts";

/** `dag/resolve?arg`: the last block on the way, and what of the path lies in it. */
export async function dagResolve(call: Call): Promise<Reply> {
  const { store, signal } = call;
  const { cid, remainder } = await resolveArgument(store.blocks, await oneArgument(call, "ref"), {
    signal,
  });
  return { value: { Cid: cidObject(cid), RemPath: remainder.map((name) => `/${name}`).join("") } };
}
