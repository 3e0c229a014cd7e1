import { once } from "node:events";
import { request } from "node:http";
import { createInterface } from "node:readline";

import type { ImportProfile } from "@ipfs-kit/core";

import type { TreeItem } from "./generated-tree.ts";

/** The parameters of the profiles, as the configuration of a Kubo daemon. */
export const KUBO_PROFILES: Readonly<Record<ImportProfile, Record<string, unknown>>> = {
  "unixfs-v1-2025": {
    Import: {
      CidVersion: 1,
      UnixFSRawLeaves: true,
      UnixFSChunker: "size-1048576",
      UnixFSFileMaxLinks: 1024,
      UnixFSHAMTDirectoryMaxFanout: 256,
      UnixFSHAMTDirectorySizeThreshold: "256KiB",
    },
  },
  "unixfs-v0-2015": {
    Import: {
      CidVersion: 0,
      UnixFSRawLeaves: false,
      UnixFSChunker: "size-262144",
      UnixFSFileMaxLinks: 174,
      UnixFSHAMTDirectoryMaxFanout: 256,
      UnixFSHAMTDirectorySizeThreshold: "256KiB",
    },
  },
};

const BOUNDARY = "a-line-that-no-file-has";
const TYPES = {
  file: "application/octet-stream",
  symlink: "application/symlink",
  directory: "application/x-directory",
} as const;

/** What a daemon makes of the items, without keeping them: CID and `Size` by path. */
export async function kuboAdd(
  api: string,
  items: readonly TreeItem[],
  options: Record<string, string> = {},
): Promise<Map<string, string>> {
  const query = new URLSearchParams({ "only-hash": "true", pin: "false", ...options });
  const call = request(`${api}/api/v0/add?${query.toString()}`, {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
  });
  // It answers while it is still being told.
  const answered = once(call, "response");
  for (const part of partsOf(items)) {
    if (!call.write(part)) await once(call, "drain");
  }
  call.end();
  const [response] = await answered;
  const added = new Map<string, string>();
  for await (const line of createInterface(response)) {
    const entry: unknown = JSON.parse(line);
    if (!isEntry(entry)) throw new Error(`Kubo says ${line}`);
    added.set(entry.Name, `${entry.Hash} ${entry.Size}`);
  }
  return added;
}

function* partsOf(items: readonly TreeItem[]): Generator<Uint8Array> {
  for (const item of items) {
    const name = encodeURIComponent(item.path);
    yield Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n` +
        `Content-Type: ${TYPES[item.type]}\r\n\r\n`,
    );
    if (item.type === "file") yield item.bytes;
    if (item.type === "symlink") yield Buffer.from(item.target);
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${BOUNDARY}--\r\n`);
}

function isEntry(value: unknown): value is { Name: string; Hash: string; Size: string } {
  return typeof value === "object" && value !== null && "Hash" in value && "Name" in value;
}
