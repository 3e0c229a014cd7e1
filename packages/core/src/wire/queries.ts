import * as z from "zod/mini";

import { MAX_METADATA_NAME_CHARACTERS, tagSchema } from "./metadata.ts";

/** Rows of a page at most. */
export const MAX_PAGE_ROWS = 1000;
/** A cursor is made by the store; ours have less than 100 characters. */
const MAX_CURSOR_CHARACTERS = 512;
/** Longest text taken for a CID, with `ipfs://` before it. */
const MAX_CID_CHARACTERS = 256 + 7;

/** `video/mp4`, `video/*`. */
const MEDIA_TYPE = /^[A-Za-z\d][\w.+-]{0,63}\/(?:\*|[A-Za-z\d][\w.+-]{0,127})$/;

const bytesSchema = z.int().check(z.nonnegative());

/** The `{cid}` of a path. */
export const cidParamsSchema = z.object({
  cid: z.string().check(z.minLength(1), z.maxLength(MAX_CID_CHARACTERS)),
});

const pageFields = {
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_PAGE_ROWS))),
  /** The `next_cursor` of the page before. */
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_CURSOR_CHARACTERS))),
};

/** `GET /api/v0/pins?…`: which page. */
export const pageQuerySchema = z.object(pageFields);

/** `GET /api/v0/metadata?…`: what must be true of a record, all of it. */
export const metadataQuerySchema = z.object({
  ...pageFields,
  media_type: z.optional(z.string().check(z.regex(MEDIA_TYPE))),
  tag: z.optional(tagSchema),
  /** Part of the name, upper or lower case. */
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_METADATA_NAME_CHARACTERS))),
  min_size: z.optional(bytesSchema),
  max_size: z.optional(bytesSchema),
});
