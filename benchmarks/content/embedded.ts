import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { parseCid } from "@ipfs-kit/core";

import type { Subject } from "./subject.ts";

/** The embedded store: durable when it acknowledges. */
export async function openEmbedded(directory: string): Promise<Subject> {
  const store = createEmbeddedStore({ directory });
  await store.start();
  return {
    add: async (source) => (await store.add(source)).cid.toString(),
    read: (cid) => store.read(parseCid(cid)),
    [Symbol.asyncDispose]: async () => store.stop(),
  };
}
