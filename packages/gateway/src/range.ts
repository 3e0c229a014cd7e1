import { MAX_RANGES } from "./defaults.ts";
import { HttpError } from "./http-error.ts";

/** Part of a representation, both ends included. */
export interface ByteRange {
  first: number;
  last: number;
}

/**
 * The parts that a `Range` header asks for, in the order of the header (RFC 9110 §14.2); `undefined`
 * means all of it. Ranges that overlap or touch become one, those that lie outside are left
 * out. Other units than bytes are ignored, and so is a request for more than {@link MAX_RANGES} parts.
 *
 * @throws HttpError 400 for what is no range, 416 when none of them exists
 */
export function parseRanges(header: string | null, size: number): ByteRange[] | undefined {
  const [, list] = /^\s*bytes\s*=(.*)$/i.exec(header ?? "") ?? [];
  if (list === undefined) return undefined;
  const asked = list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => parseOne(part, size));
  if (asked.length === 0) throw notARange();
  const ranges = joined(asked.filter(({ first, last }) => first <= last && first < size));
  if (ranges.length > MAX_RANGES) return undefined;
  if (ranges.length > 0) return ranges;
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

/** No byte twice: each stands where the first range that has it stood. */
function joined(ranges: readonly ByteRange[]): ByteRange[] {
  const parts: (ByteRange & { order: number })[] = [];
  const ordered = ranges.map(({ first, last }, order) => ({ first, last, order }));
  for (const range of ordered.toSorted((a, b) => a.first - b.first)) {
    const before = parts.at(-1);
    if (before === undefined || range.first > before.last + 1) {
      parts.push(range);
      continue;
    }
    before.last = Math.max(before.last, range.last);
    before.order = Math.min(before.order, range.order);
  }
  return parts.toSorted((a, b) => a.order - b.order).map(({ first, last }) => ({ first, last }));
}

function notARange(): HttpError {
  return new HttpError("invalid_request", "The Range header is malformed.");
}
