import { readFileSync } from "node:fs";

/** Version of this package, as in its manifest. */
export const VERSION = readVersion();

/** What it runs on, e.g. `"node 24.21.0"`. */
export const RUNTIME = `node ${process.versions.node}`;

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return known && typeof manifest.version === "string" ? manifest.version : "0.0.0";
}
