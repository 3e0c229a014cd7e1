import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { tokenInfoSchema } from "@ipfs-kit/core/wire";
import { createServer } from "@ipfs-kit/mcp-server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { TokenStore } from "../src/edge/token-store.ts";
import { runIpfsKit } from "./support/ipfs-kit.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-token-command-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** `ipfs-kit token …`, in an environment that says nothing else. */
const token = async (...args: string[]) =>
  runIpfsKit(["token", ...args, "--persistence-path", folder], {
    url: "http://127.0.0.1:1",
    env: { HOME: folder, XDG_CONFIG_HOME: folder },
  });

describe("ipfs-kit token", () => {
  it("makes a token that works, prints it alone, and says that this was it", async () => {
    const made = await token("create", "--role", "operator", "--name", "ci", "--expires-days", "7");
    expect(made.code).toBe(0);
    const text = made.stdout.toString().trimEnd();
    expect(text).toMatch(/^ik_[a-f\d]{16}\.[\w-]{43}$/);
    expect(made.stderr).toContain("not shown again");
    const store = new TokenStore({ folder });
    expect(store.find(text)?.role).toBe("operator");
    const [info] = store.list();
    const days = (Date.parse(info?.expires_at ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(7, 1);
  });

  it("lists what there is, and takes it back, by its id or by itself", async () => {
    const [first] = (await token("create", "--role", "viewer", "--name", "a", "--json")).objects;
    const { id } = tokenInfoSchema.parse(first);
    const second = (await token("create", "--role", "admin", "--name", "b")).stdout.toString();
    const listed = await token("list", "--json");
    expect(listed.objects.map((row) => tokenInfoSchema.parse(row))).toMatchObject([
      { id, name: "a", role: "viewer" },
      { name: "b", role: "admin" },
    ]);
    expect(listed.stdout.toString()).not.toContain(second.trim().split(".")[1]);
    expect((await token("revoke", id)).code).toBe(0);
    expect((await token("revoke", second.trim())).code).toBe(0);
    expect((await token("list")).stdout.toString()).toBe("");
    const again = await token("revoke", id);
    expect([again.code, again.stderr]).toEqual([5, expect.stringContaining("no token")]);
  });

  it.each([
    [["create", "--name", "a"], "--role"],
    [["create", "--role", "viewer"], "--name"],
    [["create", "--role", "god", "--name", "a"], "viewer, operator, admin"],
    [["create", "--role", "viewer", "--name", "a", "--expires-days", "0"], "--expires-days"],
    [["create", "--role", "viewer", "--name", ""], "--name"],
    [["revoke"], "<id>"],
    [["login-link", "--server", "ftp://x"], "--server"],
  ])("refuses %j in one line", async (args, named) => {
    const { code, stderr } = await token(...args);
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(named);
    expect(await readdir(folder)).toEqual([]);
  });

  it("prints a login link that a server takes", async () => {
    await using server = createServer({ port: 0, persistencePath: folder });
    await server.start();
    // The server is known by its folder: nobody names it, and its port is any free one.
    const { stdout } = await token("login-link");
    const link = new URL(stdout.toString());
    expect(link.href.startsWith(`${server.url}/dashboard/#login=`)).toBe(true);
    const answer = await fetch(`${server.url}/api/v0/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: link.hash.replace("#login=", "") }),
    });
    expect(await answer.json()).toEqual({ needs_token: false, role: "admin" });
  });

  it("takes the address that was named for a login link, whoever runs there", async () => {
    const { code, stdout } = await token("login-link", "--server", "https://kit.example/a");
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^https:\/\/kit\.example\/a\/dashboard\/#login=[\w-]{43}\n$/);
  });

  it("makes no login link for a server that does not run", async () => {
    const never = await token("login-link");
    expect(never).toMatchObject({ code: 3, stdout: Buffer.alloc(0) });
    expect(never.stderr).toContain(`No server runs on the data folder ${folder}`);
    expect(await readdir(folder)).toEqual([]);
    const server = createServer({ port: 0, persistencePath: folder });
    await server.start();
    const note = join(folder, "server.url");
    const left = await readFile(note, "utf8");
    await server.stop();
    expect(await token("login-link")).toMatchObject({ code: 3, stderr: never.stderr });
    // As a server that was killed leaves it.
    await writeFile(note, left);
    const killed = await token("login-link");
    expect(killed).toMatchObject({ code: 3, stdout: Buffer.alloc(0) });
    expect(killed.stderr).toContain(`No server answers at ${server.url} (connect ECONNREFUSED`);
    expect(killed.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(await readdir(folder)).not.toContain("tokens.json");
  });

  it("has no folder where a server in isolation would have none", async () => {
    const { code, stderr } = await runIpfsKit(["token", "list"], {
      url: "http://127.0.0.1:1",
      env: { HOME: folder, XDG_CONFIG_HOME: folder, IPFS_KIT_ISOLATION: "1" },
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining("--persistence-path")]);
  });

  it("is seen by a server that runs: the next request needs the token", async () => {
    await using server = createServer({ port: 0, persistencePath: folder });
    await server.start();
    const ask = async (headers = {}) =>
      (await fetch(`${server.url}/api/v0/pins`, { headers })).status;
    expect(await ask()).toBe(200);
    const made = (await token("create", "--role", "viewer", "--name", "a")).stdout
      .toString()
      .trim();
    const authorization = `Bearer ${made}`;
    await expect.poll(async () => ask(), { timeout: 5_000 }).toBe(401);
    expect(await ask({ authorization })).toBe(200);
    await token("revoke", made);
    await expect.poll(async () => ask(), { timeout: 5_000 }).toBe(200);
  });
});
