import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveArgument } from "../resolve-argument.ts";

/** `resolve?arg`: a path as the shortest one that leads to the same. */
export async function resolve(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const write = cidWriter(query);
  const { cid, remainder } = await resolveArgument(store.blocks, await oneArgument(call, "name"), {
    signal,
  });
  return { value: { Path: ["/ipfs", write(cid), ...remainder].join("/") } };
}
