import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { badArgument, refused } from "../refusals.ts";

/** `pin/update?arg&arg&unpin`: a pin moves from one root to another, with its name. */
export async function pinUpdate({ store, query, signal, args }: Call): Promise<Reply> {
  const unpin = query.flag("unpin", true);
  const write = cidWriter(query);
  const [fromPath = "", toPath, ...more] = await args("from-path");
  if (toPath === undefined) throw badArgument("arg", 'argument "to-path" is required');
  if (more.length > 0) throw badArgument("arg", "pin update takes two arguments");
  const from = await resolveToBlock(store.blocks, fromPath, { signal });
  const to = await resolveToBlock(store.blocks, toPath, { signal });
  const pin = await store.findPin(from, { signal });
  if (pin?.kind !== "recursive") throw refused("'from' cid was not recursively pinned already");
  if (!from.equals(to)) {
    if ((await store.findPin(to, { signal }))?.kind === "recursive") {
      throw refused("'to' cid was already recursively pinned");
    }
    // In this order something is always pinned.
    await store.pin(to, { name: pin.name, signal });
    if (unpin) await store.unpin(from, { signal });
  }
  return { value: { Pins: [write(from), write(to)] } };
}
