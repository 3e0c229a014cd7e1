import { decode as decodeCbor } from "@ipld/dag-cbor";
import { decode as decodeJson, stringify } from "@ipld/dag-json";
import type { CID } from "@ipfs-kit/core";

import { type ContentPath, mountText } from "./content-path.ts";
import { MAX_PREVIEW_CHARACTERS } from "./defaults.ts";
import { breadcrumbs, escapeHtml, PAGE_END, pageStart, versionOf } from "./page.ts";

const DAG_CBOR = 0x71;

export interface NodePage {
  cid: CID;
  block: Uint8Array;
  path: ContentPath;
}

/** A dag-cbor or dag-json node for people to look at. */
export function nodePage({ cid, block, path }: NodePage): string {
  const title = `${path.rootText}: node`;
  const codec = cid.code === DAG_CBOR ? "dag-cbor" : "dag-json";
  return `${pageStart(title)}<main>
<h1>Node ${breadcrumbs(mountText(path), path)}</h1>
<p><span class="ipfs-hash" translate="no">${cid.toString()}</span>, ${codec}, ${block.length} bytes</p>
<p><a href="?format=${codec}&amp;download=true">Download it</a>, or <a href="?format=raw">its block</a>.</p>
<pre>${escapeHtml(preview(cid, block))}</pre>
</main>
${PAGE_END}`;
}

function preview(cid: CID, block: Uint8Array): string {
  try {
    const value: unknown = cid.code === DAG_CBOR ? decodeCbor(block) : decodeJson(block);
    const parsed: unknown = JSON.parse(stringify(value));
    const text = JSON.stringify(parsed, undefined, 2);
    if (text.length <= MAX_PREVIEW_CHARACTERS) return text;
    return `${text.slice(0, MAX_PREVIEW_CHARACTERS)}\n… and more`;
  } catch {
    return "It cannot be shown: it is damaged, or too deep.";
  }
}

/** Changes when this file changes what it writes. */
export const NODE_PAGE_VERSION: string = versionOf([nodePage, preview].join("") + pageStart(""));
