import { noopLogger } from "@ipfs-kit/core";
import { afterEach, expect, it, vi } from "vitest";

import { openBrowser } from "../src/open-browser.ts";

afterEach(() => vi.unstubAllEnvs());

it("says that there is no browser, without the code that signs in", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const warned = Promise.withResolvers<unknown[]>();
  const warn = (...line: unknown[]) => warned.resolve(line);
  openBrowser("http://127.0.0.1:8000/dashboard/#login=one-time-code", { ...noopLogger, warn });
  const line = JSON.stringify(await warned.promise);
  expect(line).toContain("ENOENT");
  expect(line).not.toContain("one-time-code");
});
