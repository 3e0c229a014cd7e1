import { IpfsKitError } from "@ipfs-kit/core";

import type { UploadedFile } from "./multipart-upload.ts";

/**
 * The bytes of an uploaded file that fits into memory.
 *
 * @throws IpfsKitError `too_large`
 */
export async function readFilePart(
  { bytes }: UploadedFile,
  maxBytes: number,
  message: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maxBytes) throw new IpfsKitError("too_large", message);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
