/** Who can be measured. */
export type SubjectName = "embedded" | "helia-fs" | "disk" | "server" | "kubo";

/** Who is measured against whom. */
export interface Pair {
  ours: SubjectName;
  peer: SubjectName;
}

/** By the name under which it is asked for. */
export const PAIRS: Readonly<Record<string, Pair>> = {
  /** In one process: the store as a library. */
  helia: { ours: "embedded", peer: "helia-fs" },
  /** The same bytes written and synced, and nothing else done. */
  disk: { ours: "embedded", peer: "disk" },
  /** Over HTTP, with the same client. */
  kubo: { ours: "server", peer: "kubo" },
};

/** The names as they were given, or all. @throws Error for one that is none */
export function findPairs(names: readonly string[] = Object.keys(PAIRS)): readonly string[] {
  const unknown = names.find((name) => PAIRS[name] === undefined);
  if (unknown === undefined) return names;
  throw new Error(`There is no pair "${unknown}": choose from ${Object.keys(PAIRS).join(", ")}.`);
}
