import type { EmbeddedStore } from "@ipfs-kit/content-embedded";
import { CID } from "@ipfs-kit/core";
import { collect } from "@ipfs-kit/testing";

import { generatedFile } from "./generated-file.ts";
import { isSame } from "./streams.ts";

/** Files known to be whole that are read again at each check. */
const SAMPLE = 25;

interface Told {
  cid: string;
  /** An unpin was asked for: it may be there or not. */
  isGoing: boolean;
  isGone: boolean;
}

/** What programs that add and unpin files said was done; holds a store to it. */
export class Ledger {
  readonly #random: () => number;
  readonly #told = new Map<string, Told>();
  readonly #whole = new Set<string>();
  #acknowledged = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Adds and unpins. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Takes a line of the program. The last one may be cut: only a whole one is an acknowledgement. */
  take(line: string): void {
    const [what, cid, name] = line.split(" ");
    if (cid === undefined || name === undefined || !isWholeName(name)) return;
    this.#told.set(name, { cid, isGoing: what === "U", isGone: what === "D" });
    if (what !== "U") this.#acknowledged += 1;
  }

  /**
   * What a store shows and should not, or does not and should. Reads all files that were not read
   * before, whether or not they were acknowledged, and some of the others.
   */
  async check(store: EmbeddedStore, { all = false } = {}): Promise<string[]> {
    const listed = await listedIn(store);
    const wrong = [...this.#told].flatMap(([name, { cid, isGoing, isGone }]) => {
      if (isGone) return listed.has(name) ? `${name} is back` : [];
      return isGoing || listed.get(name) === cid ? [] : `${name} is lost`;
    });
    const isNew = (name: string) => all || !this.#whole.has(name);
    const names = [...listed.keys()].filter(isNew);
    for (const name of [...names, ...this.#sample(listed)]) {
      const bytes = await collect(store.read(CID.parse(listed.get(name) ?? "")));
      if (isSame(bytes, generatedFile(name))) this.#whole.add(name);
      else wrong.push(`${name} is listed, but not whole`);
    }
    return wrong;
  }

  #sample(listed: Map<string, string>): string[] {
    const old = [...this.#whole].filter((name) => listed.has(name));
    return Array.from({ length: SAMPLE }).flatMap(
      () => old[Math.floor(this.#random() * old.length)] ?? [],
    );
  }
}

/** Whether a name is `<count>-<size>` to its end: with a size that the programs give that count. */
function isWholeName(name: string): boolean {
  const count = Number(name.split("-")[0]);
  const sizes = [20_000, 1_500_000, 3_000_000].map((most) => `${count}-${(count * 7919) % most}`);
  return sizes.includes(name);
}

async function listedIn(store: EmbeddedStore): Promise<Map<string, string>> {
  const listed = new Map<string, string>();
  for (let cursor: string | undefined = ""; cursor !== undefined;) {
    const page = await store.listPins({ limit: 1000, ...(cursor === "" ? {} : { cursor }) });
    for (const { cid, name = "" } of page.pins) listed.set(name, cid.toString());
    cursor = page.nextCursor;
  }
  return listed;
}
