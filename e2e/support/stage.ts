import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";

import { launchBrowser } from "./browser.ts";
import { installViewer } from "./page-viewer.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { signalingUrl } from "./watch.ts";

/** A running server, and a page in a real browser that can open viewers. */
export interface Stage {
  readonly server: ServerProcess;
  readonly page: Page;
  /** The base URL of the server. */
  readonly http: string;
  /** The address of its signaling socket. */
  readonly url: string;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The stage is set only while tests run.");
  return value;
}

/**
 * Sets the stage before the tests of a file and clears it after them.
 *
 * @param prepare gets the server's data folder before the server starts
 */
export function useStage(prepare?: (directory: string) => Promise<void>): Stage {
  let directory: string | undefined;
  let server: ServerProcess | undefined;
  let browser: Browser | undefined;
  let page: Page | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "ipfs-kit-stage-"));
    await prepare?.(directory);
    server = await startServer({ directory });
    browser = await launchBrowser(inject("browser"));
    page = await browser.newPage();
    await page.goto(server.ready.dashboard);
    await installViewer(page);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });
  return {
    get server() {
      return present(server);
    },
    get page() {
      return present(page);
    },
    get http() {
      return present(server).ready.http;
    },
    get url() {
      return signalingUrl(present(server).ready);
    },
  };
}
