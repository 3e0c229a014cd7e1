import { type CID, errorCodeOf } from "@ipfs-kit/core";

import type { Call, Reply } from "../command.ts";
import { resolveToBlock } from "../resolve-argument.ts";

/** `block/rm?arg&force&quiet`: one that is pinned, or not there, is told in its line, as Kubo does. */
export async function blockRm(call: Call): Promise<Reply> {
  const { store, query, signal } = call;
  const force = query.flag("force", false);
  const quiet = query.flag("quiet", false);
  const paths = await call.args("cid");
  return {
    lines: (async function* () {
      for (const path of paths) {
        const cid = await resolveToBlock(store.blocks, path, { signal });
        const refusal = await remove(cid);
        if (refusal !== undefined) yield { Hash: cid.toString(), Error: refusal };
        else if (!quiet) yield { Hash: cid.toString() };
      }
    })(),
  };

  async function remove(cid: CID): Promise<string | undefined> {
    try {
      await store.blocks.delete(cid, { signal });
      return undefined;
    } catch (error) {
      const code = errorCodeOf(error);
      if (code === "not_found") {
        return force ? undefined : `ipld: could not find ${cid.toString()}`;
      }
      if (code !== "invalid_state") throw error;
      return `pinned: ${(await store.findPin(cid, { signal }))?.kind ?? "indirect"}`;
    }
  }
}
