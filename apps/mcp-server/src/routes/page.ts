import { DEFAULT_PAGE_ROWS, MAX_CURSOR_CHARACTERS, MAX_PAGE_ROWS } from "../defaults.ts";
import { badParameter } from "../edge/http-error.ts";

/** How many rows a page shall have. @throws HttpError */
export function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PAGE_ROWS;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_PAGE_ROWS) return limit;
  throw badParameter("limit", `is a whole number from 1 to ${MAX_PAGE_ROWS}`);
}

/** Where a page shall go on. @throws HttpError */
export function readCursor(text: string | undefined): string | undefined {
  if (text === undefined || (text.length > 0 && text.length <= MAX_CURSOR_CHARACTERS)) return text;
  throw badParameter("cursor", "is the next_cursor of the page before");
}
