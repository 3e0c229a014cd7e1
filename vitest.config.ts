import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests read every workspace package from its sources; nothing has to be built first.
  ssr: {
    resolve: { conditions: ["@ipfs-kit/source", "module", "node", "development|production"] },
  },
  test: {
    // Against hangs, not for speed: machines that run this are busy with the other tests.
    testTimeout: 30_000,
    reporters: ["default", ["json", { outputFile: ".test-results/unit.json" }]],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{packages,apps}/*/test/**/*.test.{ts,tsx}"] },
      },
    ],
  },
});
