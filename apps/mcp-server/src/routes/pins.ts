import type { ContentStore, Pin } from "@ipfs-kit/core";
import { pageQuerySchema, pinListSchema, type PinRow } from "@ipfs-kit/core/wire";

import { DEFAULT_PAGE_ROWS } from "../defaults.ts";
import type { MetadataStore } from "../metadata/metadata-store.ts";
import { defineRoute, type Route } from "./route.ts";

export interface PinsComponents {
  store: Pick<ContentStore, "listPins">;
  metadata: Pick<MetadataStore, "find">;
}

/**
 * `GET /api/v0/pins?limit&cursor`. What the store does not know of a pin (Kubo writes down neither size
 * nor type) comes from the metadata.
 */
export function pinsRoute({ store, metadata }: PinsComponents): Route {
  return defineRoute({
    method: "GET",
    path: "/api/v0/pins",
    operationId: "listPins",
    tag: "content",
    summary: "What is kept, newest first",
    query: pageQuerySchema,
    responses: {
      200: {
        description: "A page of pins; the last page has no `next_cursor`.",
        schema: pinListSchema,
        example: {
          pins: [
            {
              cid: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
              name: "holiday.mp4",
              size: 12_345_678,
              media_type: "video/mp4",
              pinned_at: "2026-11-21T12:00:00.000Z",
            },
          ],
          next_cursor: "1042",
        },
      },
    },
    errors: ["timeout", "integrity"],
    handler: async ({ query: { limit = DEFAULT_PAGE_ROWS, cursor }, c: { env } }) => {
      const { signal } = env;
      const page = await store.listPins({
        limit,
        signal,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        status: 200,
        body: {
          pins: page.pins.map((pin) => rowOf(pin, metadata)),
          next_cursor: page.nextCursor,
        },
      };
    },
  });
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
