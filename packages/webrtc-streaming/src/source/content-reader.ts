import { IpfsKitError, withTimeout, type CID, type ContentStore } from "@ipfs-kit/core";
import { CustomSource } from "mediabunny";

import { DEMUX_CACHE_BYTES, READ_TIMEOUT_MS } from "../defaults.ts";

/**
 * Gives a demuxer random access to the bytes behind a CID. Reads end with the store's own error
 * (`integrity`, `not_found` …), with the signal's reason, or with `timeout`.
 *
 * @throws IpfsKitError `corrupt_media` on a read when the store ends before the size it stated
 */
export function contentReader(
  store: Pick<ContentStore, "read">,
  cid: CID,
  size: number,
  signal: AbortSignal,
): CustomSource {
  return new CustomSource({
    getSize: () => size,
    read: async (start, end) =>
      withTimeout(
        READ_TIMEOUT_MS,
        "A read of the content",
        async (readSignal) => readExactly(store, cid, start, end, readSignal),
        { signal },
      ),
    maxCacheSize: DEMUX_CACHE_BYTES,
    prefetchProfile: "fileSystem",
    // A read nobody waits for (prefetch) may fail after the file was closed; a read that matters is repeated.
    handleUnhandledError: () => {},
  });
}

async function readExactly(
  store: Pick<ContentStore, "read">,
  cid: CID,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  for await (const chunk of store.read(cid, { offset: start, length: bytes.length, signal })) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < bytes.length) {
    throw new IpfsKitError(
      "corrupt_media",
      `The content ends at byte ${start + filled} of ${end}.`,
    );
  }
  return bytes;
}
