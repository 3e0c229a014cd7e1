import { type CID, parseCid } from "@ipfs-kit/core";
import {
  MAX_METADATA_NAME_CHARACTERS,
  type MetadataRecord,
  metadataPatchSchema,
  metadataPutSchema,
  tagSchema,
} from "@ipfs-kit/core/wire";

import type { AppContext } from "../app-env.ts";
import { badParameter } from "../edge/http-error.ts";
import type { MetadataStore } from "../metadata/metadata-store.ts";
import { readJson } from "./json-body.ts";
import { readCursor, readLimit } from "./page.ts";
import type { Methods } from "./route.ts";

export interface MetadataComponents {
  metadata: Pick<MetadataStore, "get" | "query" | "update">;
}

const NO_STORE = { "cache-control": "no-store" };
/** `video/mp4`, `video/*`. */
const MEDIA_TYPE = /^[a-z\d][\w.+-]{0,63}\/(?:\*|[a-z\d][\w.+-]{0,127})$/i;

/** `GET /api/v0/metadata?media_type&tag&name&min_size&max_size&limit&cursor`, newest first. */
export function listMetadata({ metadata }: MetadataComponents): (c: AppContext) => Response {
  return (c) => {
    const page = metadata.query({
      mediaType: readMediaType(c.req.query("media_type")),
      tag: readTag(c.req.query("tag")),
      name: readName(c.req.query("name")),
      minSize: readSize(c, "min_size"),
      maxSize: readSize(c, "max_size"),
      limit: readLimit(c.req.query("limit")),
      cursor: readCursor(c.req.query("cursor")),
    });
    return Response.json(page, { headers: NO_STORE });
  };
}

/** `GET`, `PUT` and `PATCH /api/v0/metadata/{cid}`. */
export function metadataOfOne({ metadata }: MetadataComponents): Methods {
  return {
    GET: (c) => answer(metadata.get(cidOf(c))),
    PATCH: async (c) => {
      const cid = cidOf(c);
      return answer(metadata.update(cid, await readJson(c, metadataPatchSchema)));
    },
    PUT: async (c) => {
      const cid = cidOf(c);
      const { version, name = null, tags = [] } = await readJson(c, metadataPutSchema);
      return answer(metadata.update(cid, { version, name, tags }));
    },
  };
}

function answer(record: MetadataRecord): Response {
  return Response.json(record, { headers: { ...NO_STORE, etag: `"${record.version}"` } });
}

function cidOf(c: AppContext): CID {
  return parseCid(c.req.param("cid") ?? "");
}

function readMediaType(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (MEDIA_TYPE.test(text)) return text.toLowerCase();
  throw badParameter("media_type", "is a media type such as video/mp4, or video/* for a kind");
}

function readTag(text: string | undefined): string | undefined {
  if (text === undefined || tagSchema.safeParse(text).success) return text;
  throw badParameter("tag", "is one line of text of up to 128 characters");
}

function readName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length > 0 && text.length <= MAX_METADATA_NAME_CHARACTERS) return text;
  throw badParameter("name", `is text of up to ${MAX_METADATA_NAME_CHARACTERS} characters`);
}

function readSize(c: AppContext, parameter: "min_size" | "max_size"): number | undefined {
  const text = c.req.query(parameter);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badParameter(parameter, "is a whole number of bytes");
}
