import type { CID } from "@ipfs-kit/core";
import { walkDag } from "@ipfs-kit/unixfs";

import type { Call, Reply } from "../command.ts";
import { MAX_SEEN, PIN_PROGRESS_MS } from "../defaults.ts";
import { resolveToBlock } from "../resolve-argument.ts";
import { refused } from "../refusals.ts";

interface DagStat {
  Cid: string;
  Size: number;
  NumBlocks: number;
}

/** `dag/stat?arg&progress`: how many blocks and bytes are under each root, and under all together. */
export async function dagStat(call: Call): Promise<Reply> {
  const { store, signal } = call;
  const roots: CID[] = [];
  for (const path of await call.args("root")) {
    roots.push(await resolveToBlock(store.blocks, path, { signal }));
  }
  return { lines: count(call, roots) };
}

async function* count(
  { store, query, signal }: Call,
  roots: readonly CID[],
): AsyncGenerator<object, void> {
  const progress = query.flag("progress", true);
  const seen = new Set<string>();
  const stats: DagStat[] = [];
  let total = 0;
  let redundant = 0;
  let toldAt = performance.now();
  for (const root of roots) {
    const stat: DagStat = { Cid: root.toString(), Size: 0, NumBlocks: 0 };
    stats.push(stat);
    for await (const { cid, bytes } of walkDag(store.blocks, root, { signal })) {
      stat.Size += bytes.length;
      stat.NumBlocks += 1;
      redundant += bytes.length;
      const key = cid.toString();
      if (!seen.has(key)) total += bytes.length;
      if (seen.size >= MAX_SEEN) throw refused(`At most ${MAX_SEEN} blocks are counted.`);
      seen.add(key);
      if (performance.now() - toldAt < PIN_PROGRESS_MS) continue;
      if (progress) yield { TotalSize: total, DagStats: stats };
      toldAt = performance.now();
    }
  }
  const shared = redundant - total;
  yield {
    UniqueBlocks: seen.size,
    TotalSize: total,
    ...(shared > 0 ? { SharedSize: shared } : {}),
    Ratio: shortest(redundant / total),
    DagStats: stats,
  };
}

/** A ratio with the digits a 32-bit number has, as Kubo computes it. */
function shortest(ratio: number): number {
  const single = Math.fround(ratio);
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return single;
}
