import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";

export interface StaticFile {
  body: Uint8Array<ArrayBuffer>;
  mediaType: string;
  /** Strong: made from the bytes. */
  etag: string;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/**
 * Reads a built site into memory, by path relative to its folder, with `/` between the parts. Only
 * what is in the map can be served, so no spelling of a path leads out of the folder. A folder that
 * does not exist is an empty site.
 */
export async function readSite(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    },
  );
  const site = new Map<string, StaticFile>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const body = new Uint8Array(await readFile(path));
    const name = path.slice(folder.length).split(sep).filter(Boolean).join("/");
    site.set(name, staticFile(name, body));
  }
  return site;
}

/** A file by its bytes; its type is what its name says. */
export function staticFile(name: string, body: Uint8Array<ArrayBuffer>): StaticFile {
  return {
    body,
    mediaType: MEDIA_TYPES[extname(name).toLowerCase()] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
