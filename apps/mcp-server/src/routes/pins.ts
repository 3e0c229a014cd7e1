import type { ContentStore } from "@ipfs-kit/core";
import type { PinList } from "@ipfs-kit/core/wire";

import type { AppContext } from "../app-env.ts";
import { DEFAULT_PAGE_ROWS, MAX_CURSOR_CHARACTERS, MAX_PAGE_ROWS } from "../defaults.ts";
import { badParameter } from "../edge/http-error.ts";

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
        pinned_at: pin.pinnedAt.toISOString(),
      })),
      next_cursor: page.nextCursor,
    };
    return Response.json(body, { headers: { "cache-control": "no-store" } });
  };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAGE_ROWS;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_PAGE_ROWS) return limit;
  throw badParameter("limit", `is a whole number from 1 to ${MAX_PAGE_ROWS}`);
}

function readCursor(text: string | undefined): string | undefined {
  if (text === undefined || (text.length > 0 && text.length <= MAX_CURSOR_CHARACTERS)) return text;
  throw badParameter("cursor", "is the next_cursor of the page before");
}
