import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createEmbeddedStore } from "@ipfs-kit/content-embedded";
import { describeContentStore } from "@ipfs-kit/testing";

describeContentStore("embedded", async () => {
  const directory = await mkdtemp(join(tmpdir(), "content-embedded-"));
  const store = createEmbeddedStore({ directory });
  await store.start();
  return {
    store,
    repository: store,
    dispose: async () => {
      await store.stop();
      await rm(directory, { recursive: true });
    },
  };
});
