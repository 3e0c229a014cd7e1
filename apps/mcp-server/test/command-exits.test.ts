import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TokenStore } from "../src/edge/token-store.ts";
import { createServer, type IpfsKitServer } from "../src/server.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const ABSENT = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

let folder: string;
let server: IpfsKitServer;
/** Takes connections and says nothing. */
let silent: Server;
let silentUrl: string;
let viewer: string;
let operator: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-exits-"));
  const tokens = new TokenStore({ folder });
  viewer = (await tokens.create({ name: "viewer", role: "viewer" })).text;
  operator = (await tokens.create({ name: "operator", role: "operator" })).text;
  server = createServer({ port: 0, persistencePath: folder });
  await server.start();
  silent = createTcpServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  silentUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterAll(async () => {
  silent?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command itself, as a shell does. */
function start(args: readonly string[], { url = server.url, token = operator } = {}) {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, ["--conditions=@ipfs-kit/source", MAIN, ...args], {
    env: { PATH, HOME: folder, IPFS_KIT_SERVER: url, IPFS_KIT_TOKEN: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, "close").then(async ([code]: unknown[]) => ({
    code,
    stdout: await stdout,
    stderr: await stderr,
  }));
  return { child, ended };
}

describe("the exit code of a command", { timeout: 60_000 }, () => {
  it.concurrent.each([
    [0, "stats", {}],
    [1, "connections", {}],
    [2, "stats --wach 1", {}],
    [3, "stats", { url: "http://127.0.0.1:1" }],
    [4, "stats", { token: "" }],
    [5, `stat ${ABSENT}`, {}],
  ])("is %i of %s %j", async (code, line, init) => {
    const ran = await start(line.split(" "), init).ended;
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(code === 0 ? /^$/ : /^ipfs-kit \w+: [^\n]+\n$/);
    expect(ran.stdout !== "").toBe(code === 0);
  });

  it.concurrent("is 4 of somebody with too small a role", async () => {
    const ran = await start(["gc"], { token: viewer }).ended;
    expect(ran).toMatchObject({ code: 4, stdout: "" });
    expect(ran.stderr).toContain("larger role");
  });

  it.concurrent("is 6 of a server that says nothing", async () => {
    const line = ["stats", "--timeout-seconds", "1"];
    expect((await start(line, { url: silentUrl }).ended).code).toBe(6);
  });

  it.concurrent("is 130 after Ctrl-C", async () => {
    const { child, ended } = start(["stats", "--watch", "60"]);
    await once(child.stdout, "readable");
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
  });
});
