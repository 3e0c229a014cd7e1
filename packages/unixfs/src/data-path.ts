import type { CID } from "@ipfs-kit/core";

import type { DataToken } from "./data-token.ts";

/** Where names lead from the outermost value of a block. */
export type DataPath =
  | { end: "link"; cid: CID; /** How many names it took. */ names: number }
  | { end: "inside" }
  | { end: "missing"; /** The first that is not there. */ name: string };

/** Follows names through maps and lists, up to the first link. */
export function followData(tokens: Iterable<DataToken>, names: readonly string[]): DataPath {
  /** Names found so far, and maps and lists open: the next name is looked for in the one it belongs to. */
  let found = 0;
  let open = 0;
  let isRoot = true;
  for (const token of tokens) {
    if (token.kind === "end") {
      open -= 1;
      if (open === found) break;
      continue;
    }
    const isNext = isRoot || (open === found + 1 && String(token.key) === names[found]);
    if (isNext && !isRoot) found += 1;
    if (isNext && token.kind === "link") return { end: "link", cid: token.cid, names: found };
    if (isNext && found === names.length) return { end: "inside" };
    if (token.kind === "map" || token.kind === "list") open += 1;
    else if (isNext) break;
    isRoot = false;
  }
  return { end: "missing", name: names[found] ?? "" };
}
