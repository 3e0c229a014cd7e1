import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { problemSchema } from "@ipfs-kit/core/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readSite } from "../src/static-files.ts";
import { startListener, type TestListener } from "./support/listener.ts";
import { sendRaw } from "./support/raw-http.ts";

let folder: string;
let server: TestListener;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
  const dist = join(folder, "dist");
  await mkdir(join(dist, "assets"), { recursive: true });
  await writeFile(join(dist, "index.html"), "<!doctype html><title>IPFS Kit</title>");
  await writeFile(join(dist, "assets", "index-1a2b.js"), "export {};");
  await writeFile(join(folder, "secret.txt"), "outside");
  await symlink(join(folder, "secret.txt"), join(dist, "leak.txt"));
  server = await startListener({ site: await readSite(dist) });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe("the dashboard", () => {
  it("is where every entrance leads", async () => {
    for (const path of ["/", "/dashboard"]) {
      const answer = await fetch(server.url + path, { redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([302, "/dashboard/"]);
    }
    const page = await fetch(server.url);
    expect(page.url).toBe(`${server.url}/dashboard/`);
    expect(await page.text()).toContain("<title>IPFS Kit</title>");
  });

  it("comes with the strict headers, and is asked for anew each time", async () => {
    const { headers } = await fetch(`${server.url}/dashboard/`);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), microphone=(), geolocation=()",
      "cache-control": "no-cache",
    });
  });

  it("lets browsers keep hashed files for ever, and revalidate the rest", async () => {
    const asset = await fetch(`${server.url}/dashboard/assets/index-1a2b.js`);
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(asset.headers.get("content-length")).toBe("10");
    const page = await fetch(`${server.url}/dashboard/`);
    const known = { "if-none-match": `"x", W/${page.headers.get("etag")}` };
    const again = await fetch(`${server.url}/dashboard/index.html`, { headers: known });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it.each([
    "/dashboard/../secret.txt",
    "/dashboard/..%2fsecret.txt",
    "/dashboard/%2e%2e/secret.txt",
    "/dashboard/assets/../../secret.txt",
    "/dashboard//etc/passwd",
    "/dashboard/leak.txt",
    "/dashboard/assets",
    "/dashboard/__proto__",
    "/dashboard/index.html%00.js",
  ])("has nothing at %s", async (path) => {
    const host = `Host: 127.0.0.1:${server.port}`;
    const bytes = `GET ${path} HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`;
    const answer = await sendRaw(server.port, bytes);
    expect(answer.status).toBe(404);
    expect(problemSchema.parse(JSON.parse(answer.body)).code).toBe("not_found");
  });

  it("says so when it is not built", async () => {
    await using bare = await startListener({ site: await readSite(join(folder, "nowhere")) });
    const answer = await fetch(`${bare.url}/dashboard/`);
    expect(answer.status).toBe(503);
    expect(problemSchema.parse(await answer.json())).toMatchObject({
      code: "unavailable",
      detail: expect.stringContaining("not built"),
    });
  });
});
