import { createKuboStore } from "@ipfs-kit/content-kubo";
import {
  describeContentStore,
  describeWithKubo,
  type RunningKubo,
  startKubo,
} from "@ipfs-kit/testing";
import { afterAll, beforeAll } from "vitest";

describeWithKubo("against a real Kubo", () => {
  let kubo: RunningKubo;
  beforeAll(async () => {
    kubo = await startKubo();
  });
  afterAll(async () => kubo.stop());

  describeContentStore("kubo", async () => {
    // One daemon for all tests: each begins with nothing. Also `ipfs init` leaves a pin.
    await using cleaner = createKuboStore({ api: kubo.api });
    await cleaner.start();
    for (const { cid } of (await cleaner.listPins({ limit: 1000 })).pins) await cleaner.unpin(cid);
    for await (const _ of cleaner.collectGarbage());
    const store = createKuboStore({ api: kubo.api });
    await store.start();
    return {
      store,
      repository: store,
      lacks: ["entries_as_they_come", "pin_history"],
      dispose: async () => store.stop(),
    };
  });
});
