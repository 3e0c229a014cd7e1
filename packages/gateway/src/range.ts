import { HttpError } from "./http-error.ts";

/** Part of a representation, both ends included. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * The part that a `Range` header asks for; `undefined` means all of it. Of several ranges the first
 * that exists is answered, as Kubo's gateway does; other units than bytes are ignored (RFC 9110).
 *
 * @throws HttpError 400 for what is no range, 416 when none of them exists
 */
export function parseRange(header: string | null, size: number): ByteRange | undefined {
  const [, list] = /^\s*bytes\s*=(.*)$/i.exec(header ?? "") ?? [];
  if (list === undefined) return undefined;
  const ranges = list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => parseOne(part, size));
  if (ranges.length === 0) throw notARange();
  const range = ranges.find(({ first, last }) => first <= last && first < size);
  if (range !== undefined) return range;
  // Some clients send a range with everything they ask for.
  if (size === 0) return undefined;
  throw new HttpError("invalid_request", `There are only ${size} bytes.`, {
    status: 416,
    headers: { "content-range": `bytes */${size}` },
  });
}

function parseOne(part: string, size: number): ByteRange {
  const [, from = "", to = ""] = /^(\d*)\s*-\s*(\d*)$/.exec(part) ?? [];
  if (from === "" && to === "") throw notARange();
  if (from === "") return { first: Math.max(0, size - Number(to)), last: size - 1 };
  if (to !== "" && Number(from) > Number(to)) throw notARange();
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return { first: Number(from), last };
}

function notARange(): HttpError {
  return new HttpError("invalid_request", "The Range header is malformed.");
}
