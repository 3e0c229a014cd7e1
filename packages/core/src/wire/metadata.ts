import * as z from "zod/mini";

/** Characters of a name at most. */
export const MAX_METADATA_NAME_CHARACTERS = 1024;
/** Tags of one record at most, and characters of each. */
export const MAX_TAGS = 64;
export const MAX_TAG_CHARACTERS = 128;

/** A tag is one line of text without anything that only steers a terminal or hides. */
const TAG = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u;
/** The part of it that every dialect of regular expressions knows: it stands in the API description. */
// oxlint-disable-next-line no-control-regex -- just these are not allowed
const ONE_LINE = /^[^\u0000-\u001f\u007f-\u009f]+$/;

const nameSchema = z.string().check(z.maxLength(MAX_METADATA_NAME_CHARACTERS));
export const tagSchema = z.string().check(
  z.maxLength(MAX_TAG_CHARACTERS),
  z.regex(ONE_LINE, "must be one line of text"),
  z.refine((tag) => TAG.test(tag), "must not have characters that are not seen"),
);
/** Kept in order of the alphabet, each once. */
const tagsSchema = z.array(tagSchema).check(z.maxLength(MAX_TAGS));

/**
 * What is known of content by its CID. A value not known is absent. `name` and `tags` are text from
 * strangers.
 */
export const metadataRecordSchema = z.object({
  cid: z.string(),
  name: z.optional(z.string()),
  /** Bytes of the file; of a folder, of all files in it. Absent until the store was asked for it. */
  size: z.optional(z.int().check(z.nonnegative())),
  media_type: z.optional(z.string()),
  duration_seconds: z.optional(z.number().check(z.nonnegative())),
  /** As it is shown, in pixels: turned where the file says so. */
  width: z.optional(z.int().check(z.positive())),
  height: z.optional(z.int().check(z.positive())),
  /** e.g. `["avc", "aac"]`; a codec without a common name has the container's own. */
  codecs: z.optional(z.array(z.string())),
  tags: z.array(z.string()),
  /** Goes up by one with every change: what an update names to be sure it changes what it has seen. */
  version: z.int().check(z.positive()),
  /** ISO 8601, UTC. */
  updated_at: z.string(),
  /**
   * Whether the bytes were looked at: `pending` they will be, `done` they were, `not_needed` it is no
   * audio or video, `failed` they could not be understood.
   */
  probe_status: z.enum(["pending", "done", "not_needed", "failed"]),
  /** Why it failed or waits, e.g. `corrupt_media`. */
  probe_reason_code: z.optional(z.string()),
});

export type MetadataRecord = z.infer<typeof metadataRecordSchema>;

/**
 * `GET /api/v0/metadata`, newest first. A page may hold fewer items than asked for, even none, and
 * have a `next_cursor`: then what was looked through for it did not match. The last page has none.
 */
export const metadataPageSchema = z.object({
  items: z.array(metadataRecordSchema),
  next_cursor: z.optional(z.string()),
});

export type MetadataPage = z.infer<typeof metadataPageSchema>;

/** Body of `PATCH /api/v0/metadata/{cid}`: what is absent stays. */
export const metadataPatchSchema = z.object({
  /** The one that was seen; another one now is refused with `invalid_state`. */
  version: z.int().check(z.positive()),
  name: z.optional(z.nullable(nameSchema)),
  tags: z.optional(tagsSchema),
});

export type MetadataPatch = z.infer<typeof metadataPatchSchema>;

/** Body of `PUT /api/v0/metadata/{cid}`: what is absent goes. */
export const metadataPutSchema = z.object({
  version: z.int().check(z.positive()),
  name: z.optional(nameSchema),
  tags: z.optional(tagsSchema),
});

export type MetadataPut = z.infer<typeof metadataPutSchema>;
