import { type CID, parseCid } from "@ipfs-kit/core";
import {
  cidParamsSchema,
  metadataPageSchema,
  metadataPatchSchema,
  metadataPutSchema,
  metadataQuerySchema,
  type MetadataRecord,
  metadataRecordSchema,
} from "@ipfs-kit/core/wire";

import { DEFAULT_PAGE_ROWS } from "../defaults.ts";
import type { MetadataStore } from "../metadata/metadata-store.ts";
import { defineRoute, type Route } from "./route.ts";

export interface MetadataComponents {
  metadata: Pick<MetadataStore, "get" | "query" | "update">;
}

/** `GET /api/v0/metadata`, and `GET`, `PUT`, `PATCH /api/v0/metadata/{cid}`. */
export function metadataRoutes({ metadata }: MetadataComponents): Route[] {
  const one = { path: "/api/v0/metadata/{cid}", tag: "content", params: cidParamsSchema } as const;
  const record = (description: string) =>
    ({
      200: {
        description,
        schema: metadataRecordSchema,
        example: EXAMPLE,
        headers: { ETag: "The version of the record, in quotes." },
      },
    }) as const;
  return [
    defineRoute({
      method: "GET",
      path: "/api/v0/metadata",
      operationId: "listMetadata",
      tag: "content",
      summary: "What is known of content, newest first",
      query: metadataQuerySchema,
      responses: {
        200: {
          description:
            "A page of records. It may hold fewer than asked for, even none, and have a `next_cursor`: then what was looked through for it did not match.",
          schema: metadataPageSchema,
          example: { items: [EXAMPLE], next_cursor: "1042" },
        },
      },
      handler: ({ query: { limit = DEFAULT_PAGE_ROWS, cursor, tag, name, ...more } }) => ({
        status: 200,
        body: metadata.query({
          mediaType: more.media_type?.toLowerCase(),
          tag,
          name,
          minSize: more.min_size,
          maxSize: more.max_size,
          limit,
          cursor,
        }),
      }),
    }),
    defineRoute({
      ...one,
      method: "GET",
      operationId: "getMetadata",
      summary: "What is known of one content",
      responses: record("Its record."),
      errors: ["invalid_cid", "not_found"],
      handler: ({ params }) => answer(metadata.get(cidOf(params))),
    }),
    defineRoute({
      ...one,
      method: "PATCH",
      operationId: "changeMetadata",
      summary: "Change the name or the tags",
      description:
        "`version` names the record that was seen: when it has changed since, the answer is 409 and nothing happens.",
      body: metadataPatchSchema,
      responses: record("The record after the change."),
      errors: ["invalid_cid", "not_found", "invalid_state"],
      handler: ({ params, body }) => answer(metadata.update(cidOf(params), body)),
    }),
    defineRoute({
      ...one,
      method: "PUT",
      operationId: "replaceMetadata",
      summary: "Set the name and the tags",
      description: "As PATCH, but what the body leaves out is removed.",
      body: metadataPutSchema,
      responses: record("The record after the change."),
      errors: ["invalid_cid", "not_found", "invalid_state"],
      handler: ({ params, body: { version, name = null, tags = [] } }) =>
        answer(metadata.update(cidOf(params), { version, name, tags })),
    }),
  ];
}

const EXAMPLE: MetadataRecord = {
  cid: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
  name: "holiday.mp4",
  size: 12_345_678,
  media_type: "video/mp4",
  duration_seconds: 61.44,
  width: 1920,
  height: 1080,
  codecs: ["avc", "aac"],
  tags: ["2026", "family"],
  version: 2,
  updated_at: "2026-11-21T12:00:00.000Z",
  probe_status: "done",
};

function answer(record: MetadataRecord) {
  return { status: 200, body: record, headers: { etag: `"${record.version}"` } } as const;
}

function cidOf({ cid }: { cid: string }): CID {
  return parseCid(cid);
}
