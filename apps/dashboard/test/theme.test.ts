import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Runs the script of the page's head in front of a document without a theme. */
async function themeAfter(getItem: (key: string) => string | null): Promise<string | undefined> {
  const dataset: { theme?: string } = {};
  vi.stubGlobal("localStorage", { getItem });
  vi.stubGlobal("document", { documentElement: { dataset } });
  const script = new URL("../public/theme.js", import.meta.url);
  await import(`${script.href}?run=${crypto.randomUUID()}`);
  return dataset.theme;
}

describe("the theme at the first paint", () => {
  it("is the one that was chosen", async () => {
    await expect(themeAfter((key) => (key === "ipfs-kit-theme" ? "dark" : null))).resolves.toBe(
      "dark",
    );
  });

  it.each([
    ["nothing was chosen", () => null],
    ["something odd is stored", () => "<b>"],
    [
      "storage is off",
      () => {
        throw new Error("denied");
      },
    ],
  ])("is the system's when %s", async (_, getItem) => {
    await expect(themeAfter(getItem)).resolves.toBeUndefined();
  });
});
