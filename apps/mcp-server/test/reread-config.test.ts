import { request } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { type SpawnedServer, spawnServer } from "./support/spawn-server.ts";

let folder: string;
let file: string;
let server: SpawnedServer;
let url: string;
const logged: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-reread-"));
  file = join(folder, "kit.json");
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

async function stop(): Promise<void> {
  server.child.kill("SIGTERM");
  await server.ended;
}

async function start(config: object, ...flags: string[]): Promise<void> {
  await writeFile(file, JSON.stringify(config));
  logged.length = 0;
  server = spawnServer(["--isolation", "--port=0", `--config=${file}`, ...flags]);
  if (server.child.stderr === null) throw new Error("it has no log");
  createInterface(server.child.stderr).on("line", (line) => logged.push(line));
  url = (await server.ready).http;
}

/** Writes the file, has it read, and waits for the word about it. */
async function reread(config: object | string, word: string): Promise<void> {
  await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  logged.length = 0;
  server.child.kill("SIGHUP");
  await vi.waitFor(() => expect(logged.join("\n")).toContain(word), {
    timeout: 20_000,
    interval: 20,
  });
}

const READ = "the configuration was read again";
const BROKEN = "the configuration is broken: nothing was changed";

/** The answer to a request with these headers: its status and its header for CORS. */
async function ask(
  headers: Record<string, string>,
): Promise<[number | undefined, string | undefined]> {
  return new Promise((resolve, reject) => {
    request(`${url}/api/v0/version`, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve([answer.statusCode, answer.headers["access-control-allow-origin"]]);
    })
      .on("error", reject)
      .end();
  });
}

/** What ten requests in a row are answered. */
async function statuses(): Promise<(number | undefined)[]> {
  const answers = [];
  for (let at = 0; at < 10; at += 1) answers.push((await ask({}))[0]);
  return answers;
}

describe("the start", () => {
  afterEach(stop);

  it("warns of what sets nothing and what has no effect yet, and goes on", async () => {
    await start({ poll_interval: 5 }, "--webrtc-test", "--disable-optimization=false");
    const warnings = logged.filter((line) => line.includes("no effect yet"));
    expect(warnings).toHaveLength(2);
    expect(warnings.join("\n")).toContain("poll_interval");
    expect(warnings.join("\n")).toContain("--webrtc-test");
    expect(await ask({})).toEqual([200, undefined]);
  });
});

describe("SIGHUP", () => {
  // Each case says first what it begins with.
  beforeAll(async () => start({}));
  afterAll(stop);

  it("changes which hosts and origins are answered, at once and back", async () => {
    const host = { host: "kit.example" };
    const origin = { origin: "https://app.example" };
    await reread({}, READ);
    expect(await ask(host)).toEqual([403, undefined]);
    expect((await ask(origin))[1]).toBeUndefined();

    await reread({ allow_host: ["kit.example"], allow_origin: ["https://app.example"] }, READ);
    expect(await ask(host)).toEqual([200, undefined]);
    expect(await ask(origin)).toEqual([200, "https://app.example"]);

    await reread({}, READ);
    expect(await ask(host)).toEqual([403, undefined]);
    expect((await ask(origin))[1]).toBeUndefined();
  });

  it("changes how often one may ask", async () => {
    await reread({ rate_limit: 1 }, READ);
    expect(await statuses()).toContain(429);
    await reread({}, READ);
    expect(new Set(await statuses())).toEqual(new Set([200]));
  });

  it("is answered by a word, whichever level was and will be", async () => {
    await reread({}, READ);
    await reread({ log_level: "warn" }, "reading the configuration again");
    await reread({ log_level: "info" }, READ);
    expect(logged.join("\n")).toContain('"changed":["log_level"]');
  });

  it("names what needs a restart, and leaves it", async () => {
    await reread({}, READ);
    await reread({ max_sessions: 6, drain_seconds: 1 }, "max_sessions");
    expect(logged.join("\n")).toContain("drain_seconds");
  });

  it("changes nothing when the file is broken, and says each fault", async () => {
    await reread({ allow_host: ["kit.example"] }, READ);
    await reread('{"allow_host": [], "prot": 1, "port": "x"}', BROKEN);
    expect(logged.join("\n")).toContain("did you mean port?");
    expect(logged.join("\n")).toContain("give a whole number from 0 to 65535");
    expect(await ask({ host: "kit.example" })).toEqual([200, undefined]);
    await reread("{", BROKEN);
    await reread({ allow_host: [] }, READ);
    expect(await ask({ host: "kit.example" })).toEqual([403, undefined]);
  });
});

describe("SIGHUP beside a flag", () => {
  afterEach(stop);

  it("leaves what a flag says, as at the start", async () => {
    await start({}, "--allow-host=kit.example");
    await reread({ allow_host: ["other.example"] }, READ);
    expect(await ask({ host: "kit.example" })).toEqual([200, undefined]);
    expect(await ask({ host: "other.example" })).toEqual([403, undefined]);
  });
});
