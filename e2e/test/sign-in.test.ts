import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findBrowser, launchBrowser } from "../support/browser.ts";
import { MAIN, type ServerProcess, startServer } from "../support/server-process.ts";

const run = promisify(execFile);

let directory: string;
let server: ServerProcess;
let browser: Browser;
let token: string;

const ipfsKit = async (...args: string[]) => {
  const { stdout } = await run(process.execPath, [MAIN, ...args, "--persistence-path", directory]);
  return stdout.trim();
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "ipfs-kit-sign-in-"));
  token = await ipfsKit("token", "create", "--role", "viewer", "--name", "a browser");
  server = await startServer({ directory });
  browser = await launchBrowser(await findBrowser());
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function open(url: string): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** A page that is not ours, on another port of the same host: cookies do not tell them apart. */
async function startNeighbour(): Promise<AsyncDisposable & { url: string }> {
  const neighbour = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>x</title>");
  }).listen(0, "127.0.0.1");
  await once(neighbour, "listening");
  const address = neighbour.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`,
    [Symbol.asyncDispose]: async () => {
      neighbour.closeAllConnections();
      neighbour.close();
    },
  };
}

/** Tries what a page can try against a server its visitor is signed in to. @returns what went through */
async function attack({ url, cookieName }: { url: string; cookieName: string }) {
  const through: string[] = [];
  const tries: [what: string, init: RequestInit & { path: string }][] = [
    ["read", { path: "api/v0/pins", credentials: "include" }],
    ["read blindly", { path: "api/v0/pins", credentials: "include", mode: "no-cors" }],
    ["sign out", { path: "api/v0/session", method: "DELETE", credentials: "include" }],
    ["change", { path: "api/v0/repo/gc", method: "POST", credentials: "include" }],
  ];
  for (const [what, { path, ...init }] of tries) {
    await fetch(url + path, init).then(
      () => through.push(what),
      () => {},
    );
  }
  // What it may send blindly is sent, and must come to nothing.
  const blind: RequestInit = { method: "POST", mode: "no-cors", credentials: "include" };
  await fetch(`${url}api/v0/session`, { ...blind, body: '{"token":"x"}' }).catch(() => {});
  const socket = new WebSocket(`${url.replace("http", "ws")}ws/webrtc`);
  await new Promise<void>((resolve) => {
    socket.addEventListener("error", () => resolve());
    socket.addEventListener("open", () => {
      through.push("open a WebSocket");
      resolve();
    });
  });
  // Longer paths come first in what browsers send.
  document.cookie = `${cookieName}=${"a".repeat(43)}; path=/api`;
  document.cookie = `${cookieName}=${"b".repeat(43)}; path=/`;
  if (document.cookie.includes("b".repeat(43))) through.push("take the place of the cookie");
  return through;
}

const status = (page: Page) => page.getByTestId("link-badge").getAttribute("data-status");

describe("the dashboard of a server with tokens", () => {
  it("asks for a token, says when it is wrong, and keeps none where scripts can read", async () => {
    const page = await open(server.ready.dashboard);
    await page.getByTestId("sign-in").waitFor();
    await page.getByTestId("token").fill("ik_0123456789abcdef.wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator('[data-code="unauthenticated"]').waitFor();
    await page.getByTestId("token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(async () => status(page)).toBe("live");
    const readable = await page.evaluate(() =>
      JSON.stringify([document.cookie, localStorage, sessionStorage, location.href]),
    );
    expect(readable).not.toContain(token.split(".")[1]);
    await page.reload();
    await expect.poll(async () => status(page)).toBe("live");
    await page.context().close();
  });

  it("is out of reach for a page on another port of the host, cookie or not", async () => {
    await using neighbour = await startNeighbour();
    const page = await open(await ipfsKit("token", "login-link", "--server", server.ready.http));
    await page.getByTestId("sign-out").waitFor();
    const [cookie] = await page.context().cookies();
    const other = await page.context().newPage();
    await other.goto(neighbour.url);
    expect(
      await other.evaluate(attack, {
        url: `${server.ready.http}/`,
        cookieName: cookie?.name ?? "",
      }),
    ).toEqual([]);
    // The planted cookie is there, and ours still counts.
    expect(await page.context().cookies(`${server.ready.http}/api/v0/pins`)).toHaveLength(2);
    await page.reload();
    await expect.poll(async () => status(page)).toBe("live");
    await page.getByTestId("sign-out").waitFor();
    await page.context().close();
  });

  it("opens by a login link, once; the code is gone from the address at once", async () => {
    const link = await ipfsKit("token", "login-link", "--server", server.ready.http);
    const page = await open(link);
    await expect.poll(async () => status(page)).toBe("live");
    expect(page.url()).toBe(server.ready.dashboard);
    await page.context().close();
    const again = await open(link);
    await again.locator('[data-code="unauthenticated"]').waitFor();
    expect(again.url()).toBe(server.ready.dashboard);
    await again.context().close();
  });

  it("opens by a login link that is pasted into a page that is open, and signs out", async () => {
    const page = await open(server.ready.dashboard);
    await page.getByTestId("sign-in").waitFor();
    const link = await ipfsKit("token", "login-link", "--server", server.ready.http);
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(link).hash);
    await expect.poll(async () => status(page)).toBe("live");
    expect(page.url()).toBe(server.ready.dashboard);
    await page.getByTestId("sign-out").click();
    await page.getByTestId("sign-in").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    // The same link again says why it does not work.
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(link).hash);
    await page.locator('[data-code="unauthenticated"]').waitFor();
    expect(page.url()).toBe(server.ready.dashboard);
    await page.context().close();
  });
});
