import type { ImportProfile, TreeEntry } from "@ipfs-kit/core";
import { inPieces, seededBytes, seededRandom } from "@ipfs-kit/testing";

/** Something to add, in a form that can be told to others, too. */
export type TreeItem =
  | { path: string; type: "file"; bytes: Uint8Array }
  | { path: string; type: "symlink"; target: string }
  | { path: string; type: "directory" };

const CHUNK: Readonly<Record<ImportProfile, number>> = {
  "unixfs-v1-2025": 1024 * 1024,
  "unixfs-v0-2015": 256 * 1024,
};
/** Above this, a folder is sharded. */
const LIMIT = 256 * 1024;
/** Bytes of a CID as the profiles give one to a small file. */
const CID_BYTES: Readonly<Record<ImportProfile, number>> = {
  "unixfs-v1-2025": 36,
  "unixfs-v0-2015": 34,
};

/** Names that have led programs astray, sorted differently by UTF-16 and by bytes among them. */
const NAMES = [
  "readme.md",
  ".hidden",
  "with space",
  "back\\slash",
  "ends in \\",
  "__proto__",
  "constructor",
  "percent%2Fslash",
  'quote"quote',
  "new\nline",
  "Ünïcödé",
  "Cafe\u0301",
  "Caf\u00e9",
  "日本語.txt",
  "\uFB00 ligature",
  "\uFFFD replacement",
  "😀 astral",
  "𝒳",
  "a",
  "a.",
  "a b",
  "A",
  "z".repeat(255),
];

/**
 * A tree under the folder or file `name`, its items each after the folder it is in. The same seed
 * gives the same tree.
 */
export function generatedTree(name: string, profile: ImportProfile, seed: number): TreeItem[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const chunk = CHUNK[profile];

  function size(): number {
    switch (below(10)) {
      case 0: {
        return 0;
      }
      case 1: {
        return chunk * (1 + below(3)) + below(3) - 1;
      }
      case 2: {
        return below(100_000);
      }
      case 3: {
        return below(20) === 0 ? below(4 * 1024 * 1024) : below(300);
      }
      default: {
        return below(2000);
      }
    }
  }

  function file(path: string): TreeItem {
    return { path, type: "file", bytes: seededBytes(size(), seed + below(1_000_000)) };
  }

  function folder(path: string, depth: number): TreeItem[] {
    const items: TreeItem[] = [{ path, type: "directory" }];
    const taken = new Set<string>();
    for (let count = below(8); count > 0; count -= 1) {
      const entry = NAMES[below(NAMES.length)] ?? "a";
      if (taken.has(entry)) continue;
      taken.add(entry);
      const inner = `${path}/${entry}`;
      const kind = below(8);
      if (kind === 0) items.push({ path: inner, type: "symlink", target: `../${entry}` });
      else if (kind < 3 && depth > 0) items.push(...folder(inner, depth - 1));
      else items.push(file(inner));
    }
    return items;
  }

  switch (below(12)) {
    case 0: {
      return [file(name)];
    }
    case 1: {
      return fullFolder(name, profile, below(4));
    }
    case 2: {
      // A chain, deeper than any other.
      const chain = Array.from({ length: 1 + below(24) }, () => "d").join("/");
      return [...parentsOf(`${name}/${chain}`), ...folder(`${name}/${chain}/e`, 1)];
    }
    default: {
      return folder(name, 1 + below(5));
    }
  }
}

/**
 * Folders around the limit and well above it: the largest that is plain, the smallest that is
 * sharded, and two large ones. Kubo 0.39 differs from the profiles where the names and CIDs alone are
 * exactly as many bytes as the limit (it shards: `>=`; changed in 0.40), and under `unixfs-v1-2025`
 * where these are below the limit and the block is above it (it can only estimate by links). The
 * folders are clear of both; `import-library.test.ts` has them, judged by the importer library.
 */
export function fullFolder(path: string, profile: ImportProfile, kind: number): TreeItem[] {
  if (kind === 0) return tinyFiles(path, longNames(profile, linksSize, LIMIT + 1));
  if (kind === 1) {
    const isV1 = profile === "unixfs-v1-2025";
    return tinyFiles(
      path,
      isV1 ? longNames(profile, blockSize, LIMIT) : longNames(profile, linksSize, LIMIT - 1),
    );
  }
  const count = kind === 2 ? 12_000 : 7_500;
  return tinyFiles(
    path,
    Array.from({ length: count }, (_, index) => `${index} ☂.txt`),
  );
}

/** Names so that a folder of tiny files has exactly so many bytes. */
export function longNames(
  profile: ImportProfile,
  sizeOf: (name: string, cidBytes: number) => number,
  bytes: number,
): string[] {
  const names: string[] = [];
  let total = sizeOf === blockSize ? 4 : 0;
  const each = sizeOf("x".repeat(100), CID_BYTES[profile]);
  while (total + each <= bytes) {
    names.push(String(names.length).padStart(100, "n"));
    total += each;
  }
  // What is missing goes to some names, no more to each than leaves all lengths one byte long.
  for (let index = 0; total < bytes; index += 1) {
    const more = Math.min(20, bytes - total);
    names[index] = `${"m".repeat(more)}${names[index]}`;
    total += more;
  }
  return names;
}

/** What a link adds to a folder when its names and CIDs are counted. */
export function linksSize(name: string, cidBytes: number): number {
  return name.length + cidBytes;
}

/** What a link to a tiny file adds to a folder's block, for names of 90 to 120 bytes. */
export function blockSize(name: string, cidBytes: number): number {
  return 3 + (2 + cidBytes) + (2 + name.length) + 2;
}

export function tinyFiles(path: string, names: readonly string[]): TreeItem[] {
  const files = names.map((name, index) => ({
    path: `${path}/${name}`,
    type: "file" as const,
    bytes: Uint8Array.of(index % 7),
  }));
  return [{ path, type: "directory" }, ...files];
}

function parentsOf(path: string): TreeItem[] {
  const names = path.split("/");
  return names.map((_, index) => ({
    path: names.slice(0, index + 1).join("/"),
    type: "directory" as const,
  }));
}

/** The items as entries to add, in any order, some of the folders only implied by what is in them. */
export async function* asEntries(
  items: readonly TreeItem[],
  seed: number,
): AsyncGenerator<TreeEntry> {
  const random = seededRandom(seed);
  const paths = items.map(({ path }) => path);
  const parents = new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))));
  const shuffled = items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
  for (const item of shuffled) {
    const { path } = item;
    if (item.type === "file") yield { path, content: inPieces(item.bytes, 100_003) };
    else if (item.type === "symlink") yield { path, content: { symlink: item.target } };
    else if (!parents.has(path) || random() < 0.5) yield { path };
  }
}
