import { CID, NotFoundError } from "@ipfs-kit/core";

import { codecNamed, codecOf } from "../codecs.ts";
import type { Call, Reply } from "../command.ts";
import { oneArgument } from "../one-argument.ts";
import { resolveArgument } from "../resolve-argument.ts";

/** `dag/get?arg&output-codec`: the data a path leads to. */
export async function dagGet(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const output = codecNamed(query.text("output-codec") || "dag-json");
  const { cid, remainder } = await resolveArgument(store.blocks, await oneArgument(call, "ref"), {
    signal,
  });
  const block = await store.blocks.get(cid, { signal });
  const whole = codecOf(cid).decode(block);
  const bytes = output.encode(remainder.reduce(step, whole));
  return {
    bytes: (async function* () {
      yield bytes;
    })(),
  };
}

/** What stands under a name, or at a place of a list. */
function step(data: unknown, name: string): unknown {
  const isInner = typeof data === "object" && data !== null && CID.asCID(data) === null;
  const found: unknown = isInner && Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined;
  if (found !== undefined) return found;
  throw new NotFoundError(`key not found: "${name.slice(0, 256)}"`);
}
