import { unixfs } from "@helia/unixfs";
import { parseCid } from "@ipfs-kit/core";
import { FsBlockstore } from "blockstore-fs";

import type { Subject } from "./subject.ts";

/** Helia's UnixFS on its file-per-block store, which never syncs. */
export async function openHeliaFs(directory: string): Promise<Subject> {
  const blockstore = new FsBlockstore(directory);
  await blockstore.open();
  const fs = unixfs({ blockstore });
  return {
    add: async (source) => (await fs.addByteStream(source)).toString(),
    read: (cid) => fs.cat(parseCid(cid)),
    [Symbol.asyncDispose]: async () => blockstore.close(),
  };
}
