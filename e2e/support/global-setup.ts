import type { TestProject } from "vitest/node";

import { type BrowserProgram, findBrowser } from "./browser.ts";

declare module "vitest" {
  export interface ProvidedContext {
    browser: BrowserProgram;
  }
}

/** Finds (or unpacks) the browser once for all test files. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("browser", await findBrowser());
}
