import { randomUUID } from "node:crypto";

import type { TreeEntry } from "@ipfs-kit/core";

/** The body of an upload, made as it is sent. */
export interface MultipartBody {
  type: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** Files, folders and links as `multipart/form-data`, in the way Kubo's clients send them. */
export function multipartBody(entries: AsyncIterable<TreeEntry>): MultipartBody {
  const boundary = `ipfs-kit-${randomUUID()}`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: partsOf(entries, boundary),
  };
}

async function* partsOf(
  entries: AsyncIterable<TreeEntry>,
  boundary: string,
): AsyncGenerator<Uint8Array, void> {
  for await (const { path, content } of entries) {
    yield Buffer.from(
      [
        `--${boundary}`,
        `Content-Disposition: form-data; name="file"; filename="${encodeURIComponent(path)}"`,
        `Content-Type: ${typeOf(content)}`,
        "\r\n",
      ].join("\r\n"),
    );
    if (content === undefined) yield Buffer.alloc(0);
    else if ("symlink" in content) yield Buffer.from(content.symlink);
    else yield* content;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

function typeOf(content: TreeEntry["content"]): string {
  if (content === undefined) return "application/x-directory";
  return "symlink" in content ? "application/symlink" : "application/octet-stream";
}
