import { type Blocks, parseCid, withTimeout } from "@ipfs-kit/core";
import { cidParamsSchema, existsSchema } from "@ipfs-kit/core/wire";

import { EXISTS_MS } from "../defaults.ts";
import { defineRoute, type Route } from "./route.ts";

export interface ExistsComponents {
  store: { blocks: Pick<Blocks, "has"> };
}

/** `GET /api/v0/exists/{cid}`. */
export function existsRoute({ store }: ExistsComponents): Route {
  return defineRoute({
    method: "GET",
    path: "/api/v0/exists/{cid}",
    operationId: "contentExists",
    tag: "content",
    summary: "Whether a block is held here",
    description:
      "Nobody else is asked for it. It says nothing of the blocks below: a file may be there in part.",
    params: cidParamsSchema,
    responses: {
      200: {
        description: "Whether it is.",
        schema: existsSchema,
        example: {
          cid: "bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u",
          exists: true,
        },
      },
    },
    errors: ["invalid_cid", "timeout"],
    handler: async ({ params }) => {
      const cid = parseCid(params.cid);
      const exists = await withTimeout(EXISTS_MS, "The look for the block", async (signal) =>
        store.blocks.has(cid, { signal }),
      );
      return { status: 200, body: { cid: cid.toString(), exists } };
    },
  });
}
