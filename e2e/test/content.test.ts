import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describeWithKubo, mediaFixture, seededBytes, startKubo } from "@ipfs-kit/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";

import { launchBrowser } from "../support/browser.ts";
import { addedCid, ipfsKit } from "../support/command.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";

/** Pictures of what a person sees; kept for looking at. */
const PICTURES = fileURLToPath(new URL("../../.test-results/pictures/", import.meta.url));
/** A red picture of one pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

let folder: string;
let server: ServerProcess;
let browser: Browser;
/** What a page complained about: a clean console is part of the promise. */
const complaints: string[] = [];

beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-content-"));
  server = await startServer();
  browser = await launchBrowser(inject("browser"));
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const here = () => ({ http: server.ready.http });
const gateway = () => server.ready.gateway ?? "";

/** A page that notes what it complains about. */
async function openPage(url: string): Promise<Page> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

/** A folder with a page, a picture, sounds and films, and names that are no easy names. */
async function makeSite(): Promise<string> {
  const site = join(folder, "a site");
  await mkdir(join(site, "css"), { recursive: true });
  await mkdir(join(site, "empty"));
  await writeFile(join(site, "picture.png"), PNG);
  await writeFile(join(site, "css", "größe ☃ #1?.css"), "h1 { color: rgb(1, 2, 3); }");
  await writeFile(
    join(site, "start.html"),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
     <link rel="stylesheet" href="css/gr%C3%B6%C3%9Fe%20%E2%98%83%20%231%3F.css">
     <h1>A page out of a folder</h1><img src="picture.png" alt="red">
     <a href="more/next.html">next</a>`,
  );
  await mkdir(join(site, "more"));
  await writeFile(
    join(site, "more", "next.html"),
    `<!doctype html><html lang="en"><title>Next</title><h1>Next</h1><a href="../start.html">back</a>`,
  );
  await cp(await mediaFixture("webm-vp8-opus"), join(site, "film.webm"));
  await writeFile(
    join(site, "film.html"),
    `<!doctype html><html lang="en"><title>Film</title><video muted src="film.webm"></video>`,
  );
  await symlink("start.html", join(site, "link"));
  return site;
}

describe("the command", () => {
  it("adds a file; cat, stat and get give the same bytes back", async () => {
    const bytes = seededBytes(5_000_000, 21);
    const file = join(folder, "-a file");
    await writeFile(file, bytes);
    const cid = await addedCid(["--", "-a file"], { ...here(), cwd: folder });
    const cat = await ipfsKit(["cat", cid], here());
    expect(cat).toMatchObject({ code: 0, stderr: "" });
    expect(Buffer.compare(cat.stdout, bytes)).toBe(0);
    const { stdout } = await ipfsKit(["stat", "--json", cid], here());
    expect(JSON.parse(stdout.toString())).toEqual({ cid, type: "file", size: bytes.length });
    const place = join(folder, "got");
    expect(await ipfsKit(["get", cid, "-o", place], here())).toMatchObject({ code: 0, stderr: "" });
    expect(Buffer.compare(await readFile(place), bytes)).toBe(0);
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("adds what is piped in, also nothing", async () => {
    const cid = await addedCid(["--name", "piped"], { ...here(), input: "through a pipe" });
    expect((await ipfsKit(["cat", cid], here())).stdout.toString()).toBe("through a pipe");
    const nothing = await addedCid([], here());
    expect(await ipfsKit(["cat", nothing], here())).toMatchObject({ code: 0, stderr: "" });
  });

  it("adds a folder, lists it, writes it back as it was", async () => {
    const site = await makeSite();
    const root = await addedCid([site], here());
    const { stdout } = await ipfsKit(["ls", "-l", "--json", root], here());
    const rows = stdout.toString().trim().split("\n");
    expect(rows.map((row): unknown => Reflect.get(Object(JSON.parse(row)), "name"))).toEqual(
      (await readdir(site)).toSorted(),
    );
    const place = join(folder, "the copy");
    expect(await ipfsKit(["get", root, "-o", place], here())).toMatchObject({ code: 0 });
    expect(await addedCid([place], here())).toBe(root);
  });

  it("pins, lets go, collects; what is gone is not found", async () => {
    const cid = await addedCid(["--name", "for a while"], { ...here(), input: "for a while" });
    expect((await ipfsKit(["pin", "ls", cid], here())).stdout.toString()).toContain("for a while");
    expect(await ipfsKit(["pin", "rm", cid], here())).toMatchObject({ code: 0 });
    expect((await ipfsKit(["gc"], here())).stdout.toString()).toContain("blocks removed");
    expect(await ipfsKit(["cat", cid], here())).toMatchObject({ code: 5 });
    expect(await ipfsKit(["pin", "add", cid, "--timeout-seconds", "5"], here())).toMatchObject({
      code: 5,
    });
    expect(await ipfsKit(["repo", "verify"], here())).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("the gateway in a browser", () => {
  let root: string;
  beforeAll(async () => {
    root = await addedCid([join(folder, "a site")], here());
  });

  it("shows a folder", async () => {
    const page = await openPage(`${gateway()}/ipfs/${root}/`);
    await page.getByText("film.webm").waitFor();
    await page.setViewportSize({ width: 1000, height: 600 });
    await page.screenshot({ path: `${PICTURES}gateway-folder.png` });
    await page.getByText("css", { exact: true }).click();
    await page.getByText("größe ☃ #1?.css").click();
    expect(await page.locator("body").textContent()).toContain("color: rgb(1, 2, 3)");
    await page.close();
  });

  it("shows a page of a folder, with what it links to", async () => {
    const page = await openPage(`${gateway()}/ipfs/${root}/start.html`);
    const look = await page.evaluate(() => {
      const heading = document.querySelector("h1");
      return {
        color: heading === null ? "" : getComputedStyle(heading).color,
        width: document.querySelector("img")?.naturalWidth,
      };
    });
    expect(look).toEqual({ color: "rgb(1, 2, 3)", width: 1 });
    await page.getByText("next").click();
    await page.getByText("back").click();
    await page.getByText("A page out of a folder").waitFor();
    await page.close();
  });

  it("plays a film from any place in it, fetching ranges", async () => {
    const page = await browser.newPage();
    const statuses = new Set<number>();
    page.on("response", (response) => {
      if (response.url().endsWith("film.webm")) statuses.add(response.status());
    });
    await page.goto(`${gateway()}/ipfs/${root}/film.html`);
    const shown = await page.locator("video").evaluate(async (video) => {
      if (!(video instanceof HTMLVideoElement)) throw new TypeError("This is no video element.");
      await video.play();
      video.currentTime = video.duration - 1;
      await new Promise((resolve) => video.addEventListener("ended", resolve, { once: true }));
      return { width: video.videoWidth, at: video.currentTime, of: video.duration };
    });
    expect(shown.width).toBe(640);
    expect(shown.at).toBeCloseTo(shown.of, 1);
    expect([...statuses]).toContain(206);
    await page.close();
  });

  it("leaves no complaint in the console", () => {
    expect(complaints).toEqual([]);
  });
});

describe("a server that is killed while files are added", () => {
  it("has every file whose CID was told", { timeout: 120_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), "ipfs-kit-killed-"));
    try {
      const told = new Map<string, Uint8Array>();
      await using first = await startServer({ directory });
      const { http } = first.ready;
      const adding = async (worker: number) => {
        for (let round = 0; ; round += 1) {
          const bytes = seededBytes(300_000 + 1000 * round, 100 * worker + round);
          const { code, stdout } = await ipfsKit(["add", "-q"], { http, input: bytes });
          if (code !== 0) return code;
          told.set(stdout.toString().trim(), bytes);
          // In the middle of what the others do.
          if (told.size === 8) first.child.kill("SIGKILL");
        }
      };
      const codes = await Promise.all([adding(1), adding(2), adding(3)]);
      // Cut short, or nobody there any more.
      expect(codes.every((code) => code === 1 || code === 3)).toBe(true);
      await using second = await startServer({ directory });
      for (const [cid, bytes] of told) {
        const cat = await ipfsKit(["cat", cid], { http: second.ready.http });
        expect(Buffer.compare(cat.stdout, bytes)).toBe(0);
      }
      expect(told.size).toBeGreaterThanOrEqual(8);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describeWithKubo("a server in front of Kubo", () => {
  it("adds and plays from the dashboard, and serves commands", { timeout: 120_000 }, async () => {
    await using kubo = await startKubo();
    await using front = await startServer({
      args: ["--content-backend", "kubo", "--kubo-api", kubo.api],
    });
    expect(front.ready.content_backend).toBe("kubo");
    const page = await openPage(front.ready.dashboard);
    await page.getByTestId("file-input").setInputFiles(await mediaFixture("webm-vp8-opus"));
    const row = page.getByTestId("content-row").filter({ hasText: "webm-vp8-opus" });
    await row.waitFor();
    const film = (await row.getAttribute("data-cid")) ?? "";
    expect(await kubo.run(["pin", "ls", "--type=recursive", "-q"])).toContain(film);
    await row.getByTestId("play").click();
    await expect
      .poll(async () => page.getByTestId("step-first-frame").getAttribute("data-status"), {
        timeout: 30_000,
      })
      .toBe("done");
    await page.screenshot({ path: `${PICTURES}kubo-dashboard.png` });
    await page.close();
    const { http } = front.ready;
    const cid = await addedCid([], { http, input: "kept by Kubo" });
    expect(await kubo.run(["cat", cid])).toBe("kept by Kubo");
    expect((await ipfsKit(["cat", cid], { http })).stdout.toString()).toBe("kept by Kubo");
    // Kubo's own API serves our commands as well.
    expect((await ipfsKit(["cat", cid], { http: kubo.api })).stdout.toString()).toBe(
      "kept by Kubo",
    );
    expect(complaints).toEqual([]);
  });
});
