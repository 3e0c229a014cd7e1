import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import { configurationPage } from "./support/configuration-page.ts";

const PAGE = fileURLToPath(new URL("../../../docs/configuration.md", import.meta.url));

describe("docs/configuration.md", () => {
  // To make it anew: npx -y pnpm@12 exec vitest run apps/mcp-server/test/configuration-page.test.ts -u
  it("says what the table of settings says", async () => {
    await expect(configurationPage()).toMatchFileSnapshot(PAGE);
  });
});
