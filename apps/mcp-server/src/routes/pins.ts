import type { ContentStore, Pin } from "@ipfs-kit/core";
import type { PinList, PinRow } from "@ipfs-kit/core/wire";

import type { AppContext } from "../app-env.ts";
import type { MetadataStore } from "../metadata/metadata-store.ts";
import { readCursor, readLimit } from "./page.ts";

export interface PinsComponents {
  store: Pick<ContentStore, "listPins">;
  metadata: Pick<MetadataStore, "find">;
}

/**
 * `GET /api/v0/pins?limit&cursor`: what is kept, newest first. What the store does not know of it (Kubo
 * writes down neither size nor type) comes from the metadata.
 */
export function listPins({
  store,
  metadata,
}: PinsComponents): (c: AppContext) => Promise<Response> {
  return async (c) => {
    const cursor = readCursor(c.req.query("cursor"));
    const page = await store.listPins({
      limit: readLimit(c.req.query("limit")),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const body: PinList = {
      pins: page.pins.map((pin) => rowOf(pin, metadata)),
      next_cursor: page.nextCursor,
    };
    return Response.json(body, { headers: { "cache-control": "no-store" } });
  };
}

function rowOf(pin: Pin, metadata: PinsComponents["metadata"]): PinRow {
  const isKnown = pin.size !== undefined && pin.mediaType !== undefined;
  const record = isKnown ? undefined : metadata.find(pin.cid);
  return {
    cid: pin.cid.toString(),
    name: pin.name ?? record?.name,
    size: pin.size ?? record?.size,
    media_type: pin.mediaType ?? record?.media_type,
    pinned_at: pin.pinnedAt?.toISOString(),
  };
}
