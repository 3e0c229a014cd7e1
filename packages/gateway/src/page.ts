import { type ContentPath, encodeName } from "./content-path.ts";

/** Pages made here need no script, no form, nothing from elsewhere, and get none. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
};

/** Text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Everything up to the content: colours follow the reader's light or dark setting. */
export function pageStart(title: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
`;
}

export const PAGE_END = "</body>\n</html>\n";

/** The path as links to each of its folders. */
export function breadcrumbs(mount: string, { rootText, names }: ContentPath): string {
  let href = `${mount}/ipfs`;
  const links = [rootText, ...names].map((name) => {
    href += `/${encodeName(name)}`;
    return `<a href="${escapeHtml(href)}">${escapeHtml(name)}</a>`;
  });
  return `/ipfs/${links.join("/")}`;
}

/** A short tag of a text (FNV-1a): pages made by other code are other pages. */
export function versionOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9df, #3a4048); --link: light-dark(#0b5fa5, #7cb8f2); }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; font: 1rem/1.5 system-ui, sans-serif;
  color: light-dark(#1c2126, #e3e7ec); background: light-dark(#fff, #16191d); }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
td { overflow-wrap: anywhere; }
td:last-child, th:last-child { text-align: end; white-space: nowrap; }
pre { overflow: auto; padding: .75rem; border: 1px solid var(--line); }
.ipfs-hash { font-family: ui-monospace, monospace; font-size: .85rem; }
`;
