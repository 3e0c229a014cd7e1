import { registerHooks } from "node:module";

import { createBlockstore } from "@ipfs-kit/content-embedded";
import type { Blockstore } from "interface-blockstore";
import { afterEach, beforeEach, describe, it } from "vitest";

import { temporaryStore } from "./temporary-store.ts";

// The suite is written for a test runner with globals and for one package it does not name.
Object.assign(globalThis, { describe, it, beforeEach, afterEach });
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "aegir/chai"
      ? { url: new URL("aegir-chai.js", import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
const { interfaceBlockstoreTests } = await import("interface-blockstore-tests");

describe("the blockstore interface", () => {
  interfaceBlockstoreTests({
    setup: async (): Promise<Blockstore> => createBlockstore(await temporaryStore()),
    teardown: () => {},
  });
});
