import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname } from "node:path";

import { mediaFixture } from "@ipfs-kit/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

import { launchBrowser } from "../support/browser.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** The dashboard from a host of its own, which knows nothing of IPFS Kit. */
let host: Server;
let origin: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const site = new URL(".", import.meta.resolve("@ipfs-kit/dashboard/index.html"));
  host = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://host").pathname;
    const file = path === "/" ? "index.html" : path.slice(1);
    readFile(new URL(file, site)).then(
      (bytes) => response.writeHead(200, { "content-type": TYPES[extname(file)] }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  const address = host.address();
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  browser = await launchBrowser(inject("browser"));
  page = await browser.newPage();
});

afterAll(async () => {
  await browser?.close();
  host?.close();
});

async function connect(server: ServerProcess): Promise<void> {
  await page.goto(`${origin}/`);
  await page.getByTestId("server-address").fill(server.ready.http);
  await page.getByTestId("server-address").press("Enter");
}

describe("a dashboard on another host", () => {
  it("names the flag the server needs when it is refused", async () => {
    await using server = await startServer();
    await connect(server);
    await page.getByTestId("allow-origin").waitFor();
    expect(await page.getByTestId("allow-origin").textContent()).toContain(
      `--allow-origin ${origin}`,
    );
  });

  it("adds and plays when the server allows its origin", async () => {
    await using server = await startServer({ args: ["--allow-origin", origin] });
    await connect(server);
    await page.getByTestId("file-input").setInputFiles(await mediaFixture("webm-vp8-opus"));
    await page.getByTestId("content-row").first().waitFor();
    await page.getByTestId("play").first().click();
    await expect
      .poll(async () => page.getByTestId("step-first-frame").getAttribute("data-status"), {
        timeout: 10_000,
      })
      .toBe("done");
  });
});
