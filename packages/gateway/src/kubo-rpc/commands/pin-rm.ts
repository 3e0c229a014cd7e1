import { errorCodeOf, NotFoundError } from "@ipfs-kit/core";

import { cidWriter } from "../cid-text.ts";
import type { Call, Reply } from "../command.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { refused } from "../refusals.ts";

/** `pin/rm?arg&recursive`. */
export async function pinRm({ store, query, signal, args }: Call): Promise<Reply> {
  const recursive = query.flag("recursive", true);
  const write = cidWriter(query);
  const pins: string[] = [];
  for (const path of await args("ipfs-path")) {
    const cid = await resolveToBlock(store.blocks, path, { signal });
    const pin = await store.findPin(cid, { signal });
    if (pin === undefined) throw notPinned();
    if (pin.kind === "recursive" && !recursive) {
      throw refused(`${cid.toString()} is pinned recursively`);
    }
    try {
      await store.unpin(cid, { signal });
    } catch (error) {
      throw errorCodeOf(error) === "not_found" ? notPinned(error) : error;
    }
    pins.push(write(cid));
  }
  return { value: { Pins: pins } };
}

function notPinned(cause?: unknown): NotFoundError {
  return new NotFoundError("not pinned or pinned indirectly", { cause });
}
