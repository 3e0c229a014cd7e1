import { createMemoryContentStore, describeContentStore } from "@ipfs-kit/testing";

describeContentStore("memory", async () => ({
  store: createMemoryContentStore(),
  dispose: async () => {},
  unixfs: false,
}));
