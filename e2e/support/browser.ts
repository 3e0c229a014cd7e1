import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium, type Browser } from "playwright-core";

const SYSTEM_BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const CACHE = fileURLToPath(new URL("../node_modules/.cache/", import.meta.url));

/** A browser that can be started, and the libraries it brings. */
export interface BrowserProgram {
  path: string;
  libraries?: string;
}

/** `$CHROME_PATH`, else the system's Chromium, else the one npm brings (x64 Linux), unpacked on first use. */
export async function findBrowser(): Promise<BrowserProgram> {
  const given = process.env["CHROME_PATH"];
  if (given !== undefined && given !== "") return { path: given };
  const installed = SYSTEM_BROWSERS.find((path) => existsSync(path));
  return installed === undefined ? unpackBrowser() : { path: installed };
}

export async function launchBrowser({ path, libraries }: BrowserProgram): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      "--no-sandbox",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-background-networking",
      "--disable-component-update",
    ],
    ...(libraries === undefined ? {} : { env: { ...environment(), LD_LIBRARY_PATH: libraries } }),
  });
}

async function unpackBrowser(): Promise<BrowserProgram> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("@sparticuz/chromium");
  const packed = join(dirname(manifest), "..", "bin");
  const home = join(CACHE, "chromium");
  if (!existsSync(home)) {
    // The package unpacks to the temporary folder and takes any file it finds there for a whole one:
    // give it a folder of its own, and move that into place when it is complete.
    const unfinished = join(CACHE, `chromium-${process.pid}`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = unfinished;
    try {
      const { inflate } = await import("@sparticuz/chromium");
      for (const archive of [
        "chromium.br",
        "al2023.tar.br",
        "fonts.tar.br",
        "swiftshader.tar.br",
      ]) {
        await inflate(join(packed, archive));
      }
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
    }
    await rename(unfinished, home);
  }
  return { path: join(home, "chromium"), libraries: join(home, "al2023", "lib") };
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}
