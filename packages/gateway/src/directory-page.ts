import type { DirectoryEntry } from "@ipfs-kit/unixfs";

import { type ContentPath, encodeName } from "./content-path.ts";
import { breadcrumbs, escapeHtml, PAGE_END, pageStart, versionOf } from "./page.ts";

export interface DirectoryPage {
  /** What stands before `/ipfs/` in links. */
  mount: string;
  path: ContentPath;
  entries: AsyncIterable<DirectoryEntry>;
  /** Entries at most; the page says when there are more. */
  maxEntries: number;
}

/** Rows put together before they are sent. */
const ROWS_PER_PART = 100;

/**
 * The page of a folder, written as its entries come: a folder of any size costs no memory. It works
 * without script and with every entry reachable by keyboard.
 */
export async function* directoryPage(page: DirectoryPage): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  let rows = 0;
  let text = top(page);
  for await (const entry of page.entries) {
    if (rows === page.maxEntries) {
      text += cutShort(rows);
      break;
    }
    text += row(page, entry);
    rows += 1;
    if (rows % ROWS_PER_PART === 0) {
      yield encoder.encode(text);
      text = "";
    }
  }
  yield encoder.encode(`${text}${BOTTOM}`);
}

const BOTTOM = `</tbody>\n</table>\n</main>\n${PAGE_END}`;

function top({ mount, path }: Pick<DirectoryPage, "mount" | "path">): string {
  const title = `/ipfs/${[path.rootText, ...path.names].join("/")}`;
  const parent = path.names.length === 0 ? "" : parentRow(folderHref(mount, path));
  return `${pageStart(title)}<main>
<h1>Index of ${breadcrumbs(mount, path)}</h1>
<table>
<thead><tr><th scope="col">Name</th><th scope="col">CID</th><th scope="col">Size of the DAG</th></tr></thead>
<tbody>
${parent}`;
}

function row(
  { mount, path }: Pick<DirectoryPage, "mount" | "path">,
  entry: DirectoryEntry,
): string {
  const name = entry.name.toWellFormed();
  const cid = entry.cid.toString();
  const href = `${folderHref(mount, path)}/${encodeName(name)}`;
  // Encoded twice, as Kubo's page has it: scripts that read listings rely on it.
  const fileName = encodeURIComponent(encodeURIComponent(name));
  const block = `${mount}/ipfs/${cid}?filename=${fileName}`;
  return `<tr><td><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></td><td><a class="ipfs-hash" translate="no" href="${escapeHtml(block)}">${cid}</a></td><td>${sizeText(entry.dagSize)}</td></tr>\n`;
}

function parentRow(href: string): string {
  return `<tr><td><a href="${escapeHtml(`${href}/..`)}">..</a></td><td></td><td></td></tr>\n`;
}

function cutShort(rows: number): string {
  return `<tr><td colspan="3">Only the first ${rows} entries are listed. <code>?format=car&amp;dag-scope=entity</code> gives all.</td></tr>\n`;
}

function folderHref(mount: string, { rootText, names }: ContentPath): string {
  return `${mount}/ipfs/${[rootText, ...names].map((name) => encodeName(name)).join("/")}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

function sizeText(bytes: number): string {
  const exponent = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${UNITS[exponent] ?? ""}`;
}

/** Changes when this file changes what it writes. */
export const DIRECTORY_PAGE_VERSION: string = versionOf(
  [top, row, parentRow, cutShort, sizeText].join("") + pageStart("") + BOTTOM,
);
