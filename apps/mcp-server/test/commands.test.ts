import { createServer as createTcpServer } from "node:net";
import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { seededBytes } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { isCommand } from "../src/commands/find-command.ts";
import { TREE } from "../src/commands/tree.ts";
import { wordsOf } from "../src/commands/completions/command-words.ts";
import { createServer, type IpfsKitServer } from "../src/server.ts";
import { type IpfsKitInit, runIpfsKit } from "./support/ipfs-kit.ts";

const COMMANDS = wordsOf(TREE)
  .filter(({ node }) => isCommand(node))
  .map(({ key }) => key);

let server: IpfsKitServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-commands-"));
  server = createServer({ port: 0, gatewayPort: 0, persistencePath: join(folder, "data") });
  await server.start();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const ipfsKit = async (args: readonly string[], init: Partial<IpfsKitInit> = {}) =>
  runIpfsKit(args, { url: server.url, ...init });

async function added(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ipfsKit(["add", "-q", ...args]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout.toString().trim();
}

describe("add and what reads it back", () => {
  it("adds what is piped in and gives it back", async () => {
    const bytes = seededBytes(3_000_000, 1);
    const { code, objects } = await ipfsKit(["add", "--json", "--name", "piped.bin"], {
      stdin: [bytes.subarray(0, 10), bytes.subarray(10)],
    });
    expect(code).toBe(0);
    expect(objects).toMatchObject([{ name: "piped.bin", dag_size: expect.any(Number) }]);
    const cid = String(Reflect.get(Object(objects[0]), "cid"));
    const { stdout } = await ipfsKit(["cat", cid]);
    expect(stdout.equals(bytes)).toBe(true);
    const part = await ipfsKit(["cat", cid, "--offset", "1048570", "--length", "20"]);
    expect(part.stdout.equals(bytes.subarray(1_048_570, 1_048_590))).toBe(true);
    const facts = await ipfsKit(["stat", "--json", cid]);
    expect(facts.objects).toEqual([{ cid, type: "file", size: bytes.length }]);
  });

  it("adds a folder, lists it, and writes it back to disk as it was", async () => {
    const site = join(folder, "site");
    await mkdir(join(site, "css"), { recursive: true });
    await mkdir(join(site, "empty"));
    await writeFile(join(site, "index.html"), "<h1>hi</h1>");
    await writeFile(join(site, "css", "größe ☃.css"), "a{}");
    await writeFile(join(site, ".hidden"), "no");
    await symlink("index.html", join(site, "start"));
    const root = await added(site);
    const listed = await ipfsKit(["ls", "--long", "--json", root]);
    expect(listed.objects).toMatchObject([
      { name: "css", type: "directory" },
      { name: "empty", type: "directory" },
      { name: "index.html", type: "file", size: 11 },
      { name: "start", type: "symlink" },
    ]);
    const place = join(folder, "copy");
    const got = await ipfsKit(["get", root, "-o", place, "--json"]);
    expect(got.stderr).toBe("");
    expect(got.objects).toMatchObject([{ files: 3, path: place }]);
    expect(await readFile(join(place, "css", "größe ☃.css"), "utf8")).toBe("a{}");
    expect(await readlink(join(place, "start"))).toBe("index.html");
    const { stdout } = await ipfsKit(["cat", `/ipfs/${root}/css/größe ☃.css`]);
    expect(stdout.toString()).toBe("a{}");
    const again = await ipfsKit(["get", root, "-o", place]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("there already") });
  });

  it("names what it would store without storing it", async () => {
    const file = join(folder, "only-hash");
    await writeFile(file, "never stored");
    const cid = await added("-n", file);
    expect(await ipfsKit(["stat", cid, "--timeout-seconds", "5"])).toMatchObject({ code: 5 });
    expect(await added(file)).toBe(cid);
    expect((await added("--cid-version", "0", file)).startsWith("Qm")).toBe(true);
  });
});

describe("pins, garbage, repository", () => {
  it("pins, lists, lets go and collects", async () => {
    const file = join(folder, "kept");
    await writeFile(file, "kept for a while");
    const cid = await added("--name", "a\u001B[31mname", file);
    const listed = await ipfsKit(["pin", "ls", cid]);
    expect(listed.stdout.toString()).toContain(`${cid}  recursive`);
    expect(listed.stdout.includes(0x1b)).toBe(false);
    expect(await ipfsKit(["pin", "rm", cid])).toMatchObject({ code: 0 });
    const { objects } = await ipfsKit(["gc", "--json"]);
    expect(objects.at(-1)).toMatchObject({ blocks: expect.any(Number) });
    expect(objects.length).toBeGreaterThan(1);
    expect(await ipfsKit(["cat", cid])).toMatchObject({ code: 5, stdout: Buffer.alloc(0) });
  });

  it("tells how full the store is, and checks it", async () => {
    const stat = await ipfsKit(["repo", "stat", "--json"]);
    expect(stat.objects).toMatchObject([{ blocks: expect.any(Number), bytes: expect.any(Number) }]);
    // There is no limit, so none is told.
    expect(stat.objects[0]).not.toHaveProperty("max_bytes");
    expect(await ipfsKit(["repo", "verify"])).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("what goes wrong", () => {
  it.each([
    [["cat"], 2],
    [["cat", "--offset", "x", "bafkqaaa"], 2],
    [["ls", "--nonsense"], 2],
    [["pin", "eat", "bafkqaaa"], 2],
    [["add", "--cid-version", "7", "x"], 2],
    [["stat", "--server", "ftp://x", "bafkqaaa"], 2],
    [["repo", "stat", "--json=maybe"], 2],
    [["stat", "no-cid"], 1],
    [["add", "/nowhere/at/all"], 5],
    [["cat", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"], 5],
  ])("%j ends with %d and one line", async (args, code) => {
    const ran = await ipfsKit(args);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toHaveLength(0);
    expect(ran.stderr).toMatch(/^ipfs-kit [a-z ]+: [^\n]+\n$/);
  });

  it("keeps a password to itself that was put into a broken address", async () => {
    const { code, stderr } = await ipfsKit(["stats", "--server", "http://me:sesame@bad host"]);
    expect(code).toBe(2);
    expect(stderr).toContain("bad host");
    expect(stderr).not.toContain("sesame");
  });

  it("takes the switches of serve as serve does", async () => {
    const line = ["config", "print", "--json", "--isolation", "--isolation=false", "--port=7"];
    const { code, objects } = await ipfsKit(line, { env: { XDG_CONFIG_HOME: folder } });
    expect(code).toBe(0);
    expect(objects).toMatchObject([{ isolation: false, port: 7 }]);
  });

  it("says that no server answers", async () => {
    const ran = await ipfsKit(["repo", "stat"], { url: "http://127.0.0.1:1" });
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining("No server answers") });
  });

  it("gives up on a server that says nothing, and at once when interrupted", async () => {
    const silent = createTcpServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const url = `http://127.0.0.1:${port}`;
    const timeout = await ipfsKit(["repo", "stat", "--timeout-seconds", "1"], { url });
    expect(timeout).toMatchObject({ code: 6 });
    const controller = new AbortController();
    silent.once("connection", () => controller.abort());
    const interrupted = await ipfsKit(["repo", "stat"], { url, signal: controller.signal });
    expect(interrupted).toMatchObject({ code: 130 });
    silent.close();
  });

  it.each(COMMANDS)("%s explains itself", async (words) => {
    const { code, stdout } = await ipfsKit([...words.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain(`Usage: ipfs-kit ${words}`);
  });
});
