import { createMemoryRepository } from "@ipfs-kit/content-memory";
import { describeContentStore } from "@ipfs-kit/testing";

describeContentStore("memory", async () => {
  const repository = createMemoryRepository();
  return { store: repository, repository, dispose: async () => {} };
});
