import { IpfsKitError } from "@ipfs-kit/core";

/**
 * Rows looked through for one page. A question that few rows answer then takes several pages, but
 * none holds the event loop for longer than some milliseconds.
 */
export const MAX_SCANNED_ROWS = 10_000;

/** Which records are wanted; what is absent does not matter. */
export interface MetadataQuery {
  /** `video/mp4`, or `video/*` for a kind. */
  mediaType?: string | undefined;
  tag?: string | undefined;
  /** Part of the name; capital and small letters from A to Z are the same. */
  name?: string | undefined;
  minSize?: number | undefined;
  maxSize?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

export interface CompiledQuery {
  /** Gives the matching rows among those looked through, newest first, and one more than wanted. */
  sql: string;
  /** Gives how many were looked through (`scanned`) and the last of them (`last`). */
  scannedSql: string;
  parameters: Record<string, string | number>;
  scannedParameters: Record<string, string | number>;
}

/**
 * A question as SQL. The inner part goes along an index in the order of `seq`, a bounded way; the
 * outer one looks at what no index is for.
 *
 * @throws IpfsKitError `invalid_request` for a cursor no page gave out
 */
export function compileQuery(query: MetadataQuery): CompiledQuery {
  const { mediaType, tag, name, minSize, maxSize, limit, cursor } = query;
  const parameters: Record<string, string | number> = {
    before: cursor === undefined ? Number.MAX_SAFE_INTEGER : seqOf(cursor),
    scan: MAX_SCANNED_ROWS,
  };
  const outer: string[] = [];
  let inner: string;
  const order = tag === undefined ? "seq" : "place";
  let byType: string | undefined;
  if (mediaType !== undefined) {
    const isKind = mediaType.endsWith("/*");
    parameters["type"] = isKind ? mediaType.slice(0, -2) : mediaType;
    byType = isKind ? "kind = :type" : "media_type = :type";
  }
  if (tag !== undefined) {
    parameters["tag"] = tag;
    // Ordered by the column of the index that is gone along: of two that are equal, the planner
    // sorts by the other.
    inner = `SELECT tags.seq AS place, records.* FROM tags CROSS JOIN records ON records.seq = tags.seq
      WHERE tags.tag = :tag AND tags.seq < :before ORDER BY place DESC LIMIT :scan`;
    if (byType !== undefined) outer.push(byType);
  } else {
    const where = byType === undefined ? "" : `${byType} AND `;
    inner = `SELECT * FROM records WHERE ${where}seq < :before ORDER BY seq DESC LIMIT :scan`;
  }
  const scannedParameters = { ...parameters };
  if (tag !== undefined) delete scannedParameters["type"];
  if (name !== undefined) {
    outer.push("instr(lower(name), lower(:name)) > 0");
    parameters["name"] = name;
  }
  if (minSize !== undefined) {
    outer.push("size >= :min_size");
    parameters["min_size"] = minSize;
  }
  if (maxSize !== undefined) {
    outer.push("size <= :max_size");
    parameters["max_size"] = maxSize;
  }
  const filter = outer.length === 0 ? "" : `WHERE ${outer.join(" AND ")}`;
  parameters["limit"] = limit + 1;
  return {
    sql: `SELECT * FROM (${inner}) ${filter} ORDER BY ${order} DESC LIMIT :limit`,
    scannedSql: `SELECT count(*) AS scanned, min(seq) AS last FROM (${inner})`,
    parameters,
    scannedParameters,
  };
}

function seqOf(cursor: string): number {
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(cursor)) return Number(cursor);
  throw new IpfsKitError("invalid_request", "The cursor is not one that a page gave out.");
}
