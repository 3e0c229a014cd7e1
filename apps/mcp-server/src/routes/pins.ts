import type { ContentStore } from "@ipfs-kit/core";
import type { PinList } from "@ipfs-kit/core/wire";

import type { AppContext } from "../app-env.ts";
import { readCursor, readLimit } from "./page.ts";

export interface PinsComponents {
  store: Pick<ContentStore, "listPins">;
}

/** `GET /api/v0/pins?limit&cursor`: what is kept, newest first. */
export function listPins({ store }: PinsComponents): (c: AppContext) => Promise<Response> {
  return async (c) => {
    const cursor = readCursor(c.req.query("cursor"));
    const page = await store.listPins({
      limit: readLimit(c.req.query("limit")),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const body: PinList = {
      pins: page.pins.map((pin) => ({
        cid: pin.cid.toString(),
        name: pin.name,
        size: pin.size,
        media_type: pin.mediaType,
        pinned_at: pin.pinnedAt?.toISOString(),
      })),
      next_cursor: page.nextCursor,
    };
    return Response.json(body, { headers: { "cache-control": "no-store" } });
  };
}
