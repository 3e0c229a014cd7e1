import type { AbortOptions } from "@ipfs-kit/core";
import { type PinList, pinListSchema } from "@ipfs-kit/core/wire";

import { getJson } from "../../../connection/http.ts";

/** Rows asked for at a time. */
const PAGE_ROWS = 50;

export async function readPage(
  server: URL,
  cursor: string | undefined,
  options: AbortOptions,
): Promise<PinList> {
  const url = new URL("api/v0/pins", server);
  url.searchParams.set("limit", String(PAGE_ROWS));
  if (cursor !== undefined) url.searchParams.set("cursor", cursor);
  return getJson(url, pinListSchema, options);
}

/** The first pages again, at least `rows` rows as far as there are: what is on screen, as it is now. */
export async function readAgain(
  server: URL,
  rows: number,
  options: AbortOptions,
): Promise<PinList> {
  let list = await readPage(server, undefined, options);
  while (list.next_cursor !== undefined && list.pins.length < rows) {
    list = appendPage(list, await readPage(server, list.next_cursor, options));
  }
  return list;
}

/** Rows that moved to the next page while it was read are shown once. */
export function appendPage(list: PinList, page: PinList): PinList {
  const known = new Set(list.pins.map(({ cid }) => cid));
  return { ...page, pins: [...list.pins, ...page.pins.filter(({ cid }) => !known.has(cid))] };
}
