import { mkdir, open, readFile, rename } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";

import { parseCid, type CID } from "@ipfs-kit/core";

/** Remembers which CID holds the playable form of another, so that a conversion is paid once. */
export interface RenditionIndex {
  get(source: CID): Promise<CID | undefined>;
  /** Resolves when the entry is kept. A later entry replaces an earlier one. */
  set(source: CID, rendition: CID): Promise<void>;
}

/** Remembers as long as the process lives. */
export function createMemoryRenditionIndex(): RenditionIndex {
  const entries = new Map<string, CID>();
  return {
    get: async (source) => entries.get(source.toString()),
    set: async (source, rendition) => void entries.set(source.toString(), rendition),
  };
}

/**
 * Remembers in a folder, one small file per entry, named after the source. A file is written beside
 * its place and renamed into it: there is never half an entry.
 */
export function createFileRenditionIndex(directory: string): RenditionIndex {
  const pathOf = (source: CID) => join(directory, source.toString());
  return {
    get: async (source) => {
      const text = await readFile(pathOf(source), "utf8").catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (text === undefined) return undefined;
      try {
        return parseCid(text.trim());
      } catch {
        return undefined; // An unreadable entry is a forgotten one.
      }
    },
    set: async (source, rendition) => {
      await mkdir(directory, { recursive: true });
      const unfinished = join(directory, `.${randomUUID()}`);
      const file = await open(unfinished, "wx");
      try {
        await file.writeFile(`${rendition.toString()}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, pathOf(source));
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
