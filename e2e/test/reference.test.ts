import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { ERROR_CODES } from "@ipfs-kit/core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";

import { useStage } from "../support/stage.ts";

const PICTURES = fileURLToPath(new URL("../../.test-results/pictures/", import.meta.url));

const stage = useStage();
/** What the page complained about, e.g. that a policy kept something from it. */
const complaints: string[] = [];
/** Where it asked for something. */
const origins = new Set<string>();
let page: Page;

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  ({ page } = stage);
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${stage.http}/reference/`);
});

const hasAnchor = async (hash: string) =>
  (await page.locator(`[id="${decodeURIComponent(hash.slice(1))}"]`).count()) === 1;

const overflow = async () =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe("the API reference", () => {
  it("shows every operation, without a script", async () => {
    expect(await page.locator("h1").textContent()).toBe("IPFS Kit API reference");
    expect(await page.locator("script").count()).toBe(0);
    expect(await page.locator("#listPins, #kuboAdd, #getCapabilities").count()).toBe(3);
    await page.screenshot({ path: `${PICTURES}reference-light.png` });
  });

  it("has no link that leads nowhere", async () => {
    const links = await page
      .locator("a")
      .evaluateAll((all) =>
        all.map((link) => (link instanceof HTMLAnchorElement ? link.href : "")),
      );
    const broken = [];
    for (const link of new Set(links)) {
      const { hash, pathname } = new URL(link);
      const isHere = pathname === "/reference/" && hash !== "";
      const leads = isHere ? await hasAnchor(hash) : (await fetch(link)).ok;
      if (!leads) broken.push(link);
    }
    expect(broken).toEqual([]);
  });

  it("can be used without a mouse", async () => {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      "Skip to the content",
    );
  });

  it("fits dark rooms and narrow windows", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: `${PICTURES}reference-dark.png` });
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `${PICTURES}reference-narrow.png` });
  });

  it("has a page for each error code", async () => {
    for (const code of ERROR_CODES) {
      await page.goto(`${stage.http}/reference/errors/${code}`);
      expect(await page.locator("h1").textContent()).toBe(code);
    }
    await page.goto(`${stage.http}/reference/errors/`);
    expect(await page.locator("tbody tr").count()).toBe(ERROR_CODES.length);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.screenshot({ path: `${PICTURES}reference-errors.png` });
  });

  it("asked nobody else for anything, and was kept from nothing", () => {
    expect(complaints).toEqual([]);
    // The icon is a `data:` URL, whose origin is "null".
    expect([...origins].filter((origin) => origin !== "null")).toEqual([stage.http]);
  });
});
