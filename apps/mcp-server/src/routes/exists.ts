import { type Blocks, parseCid, withTimeout } from "@ipfs-kit/core";
import type { Exists } from "@ipfs-kit/core/wire";

import type { AppContext } from "../app-env.ts";
import { EXISTS_MS } from "../defaults.ts";

export interface ExistsComponents {
  store: { blocks: Pick<Blocks, "has"> };
}

/** `GET /api/v0/exists/{cid}`: whether its block is held here. Nobody else is asked for it. */
export function showExists({ store }: ExistsComponents): (c: AppContext) => Promise<Response> {
  return async (c) => {
    const cid = parseCid(c.req.param("cid") ?? "");
    const exists = await withTimeout(EXISTS_MS, "The look for the block", async (signal) =>
      store.blocks.has(cid, { signal }),
    );
    const body: Exists = { cid: cid.toString(), exists };
    return Response.json(body, { headers: { "cache-control": "no-store" } });
  };
}
