import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: {
    resolve: { conditions: ["@ipfs-kit/source", "module", "node", "development|production"] },
  },
  test: {
    name: "e2e",
    include: ["test/**/*.test.ts"],
    globalSetup: ["support/global-setup.ts"],
    reporters: ["default", ["json", { outputFile: "../.test-results/e2e.json" }]],
    // One browser, one server and one encoder at a time: two cores are enough, and figures mean something.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
