import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Ready } from "@ipfs-kit/core/wire";
import { describe, expect, it } from "vitest";

import { exchange } from "../../support/exchange.ts";
import { type Launched, useBench } from "../../support/launch.ts";
import { sendHostile } from "../../support/hostile.ts";

const bench = useBench();
const isolated = (...more: string[]) => ["--port", "0", "--isolation", ...more];

const canMount = spawnSync("unshare", ["--mount", "true"]).status === 0;

/** The lines as objects. Fails when one is none. */
function records(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map((line) => {
    const value: unknown = JSON.parse(line);
    expect(value).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: expect.stringMatching(/^(?:debug|info|warn|error)$/),
      msg: expect.any(String),
    });
    return Object(value);
  });
}

async function linesOf(directory: string): Promise<string[]> {
  const names = (await readdir(directory, { recursive: true })).filter((name) =>
    name.endsWith(".jsonl"),
  );
  const texts = await Promise.all(
    names.toSorted().map(async (name) => readFile(join(directory, name), "utf8")),
  );
  return texts.flatMap((text) => text.split("\n").slice(0, -1));
}

async function stop({ child, ended }: Launched): Promise<void> {
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
}

async function ask({ http }: Ready, times: number, path = "/livez"): Promise<void> {
  for (let n = 0; n < times; n += 1) await exchange(http + path);
}

describe("logs: one JSON object per line on stderr, whatever the field holds", () => {
  it("under hostile requests, at every level of detail", async () => {
    const directory = join(bench.folder, "logs");
    const server = bench.launch(isolated("--debug", "--log-dir", directory));
    const ready = await server.ready;
    await sendHostile(ready);
    expect((await fetch(`${ready.http}/readyz`)).status).toBe(200);
    await stop(server);
    const entries = records(server.stderr);
    expect(entries.length).toBeGreaterThan(50);
    for (const line of server.stderr) {
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
      expect(line.length).toBeLessThan(64 * 1024);
    }
    expect(entries.filter(({ level }) => level === "error")).toEqual([]);
    expect(records(await linesOf(directory))).toEqual(entries);
  });

  it("never with a secret in it", async () => {
    const directory = join(bench.folder, "logs");
    const server = bench.launch(isolated("--debug", "--log-dir", directory));
    const { http } = await server.ready;
    const secret = "S3cr3tPartOfIt";
    const token = `ik_ab12cd34.${secret}`;
    const headers = { authorization: `Bearer ${token}`, cookie: `session=${secret}` };
    for (const path of [
      "/livez",
      `/livez?token=${token}`,
      `/x/${token}`,
      `/api/v0/cat?arg=${token}`,
    ]) {
      await exchange(http + path, { headers, method: "POST" });
      await exchange(http + path, { headers });
      await exchange(http + path, {
        headers: { ...headers, upgrade: "websocket", connection: "upgrade" },
      });
    }
    await stop(server);
    const written = [...server.stderr, ...(await linesOf(directory))].join("\n");
    expect(written).toContain("/livez");
    expect(written).not.toContain(secret);
  });

  it("a reader that stops reading costs lines, not the server", async () => {
    const server = bench.launch(isolated("--debug"));
    const ready = await server.ready;
    server.child.stderr?.pause();
    await ask(ready, 1000, `/${"x".repeat(4000)}`);
    expect((await fetch(`${ready.http}/readyz`)).status).toBe(200);
    server.child.stderr?.resume();
    await ask(ready, 10);
    await stop(server);
    expect(records(server.stderr)).toContainEqual(
      expect.objectContaining({ level: "warn", msg: expect.stringContaining("left out") }),
    );
  });
});

describe("logs: --log-level", () => {
  it.each([
    ["debug", true, true],
    ["info", false, true],
    ["error", false, false],
  ])("%s", async (level, hasRequests, hasReady) => {
    const server = bench.launch(isolated("--log-level", level));
    await ask(await server.ready, 1);
    await stop(server);
    const messages = new Set(records(server.stderr).map(({ msg }) => msg));
    expect([messages.has("request"), messages.has("ready")]).toEqual([hasRequests, hasReady]);
  });

  it("changes at SIGHUP, as the file says; a broken file changes nothing", async () => {
    const file = join(bench.folder, "config.json");
    await writeFile(file, `{ "log_level": "error" }`);
    const server = bench.launch(isolated("--config", file));
    const ready = await server.ready;
    await ask(ready, 1);
    expect(server.stderr).toEqual([]);

    await writeFile(file, `{ "log_level": "debug", "gateway_port": 1 }`);
    server.child.kill("SIGHUP");
    await server.logged("read again");
    await server.logged("gateway_port");
    await ask(ready, 1);
    await server.logged('"request"');

    await writeFile(file, `{ "log_level": "loud" }`);
    server.child.kill("SIGHUP");
    await server.logged("nothing was changed");
    await server.logged("loud");
    const before = server.stderr.length;
    await ask(ready, 1);
    await expect.poll(() => server.stderr.length).toBeGreaterThan(before);
    await stop(server);
    records(server.stderr);
  });
});

describe("logs: a file log under --log-dir", () => {
  it("with the same lines, in a folder for each day, complete at exit", async () => {
    const directory = join(bench.folder, "logs");
    const server = bench.launch(isolated("--log-dir", directory));
    await server.ready;
    await stop(server);
    const [file = "", ...more] = (await readdir(directory, { recursive: true })).filter((name) =>
      name.endsWith(".jsonl"),
    );
    expect(more).toEqual([]);
    expect(file).toMatch(/^server\/\d{4}\/\d\d\/\d\d\/\d{6}-\d+-1\.jsonl$/);
    expect(await linesOf(directory)).toEqual(server.stderr);
  });

  it("that has the last words of a crash, and those before a second signal", async () => {
    const directory = join(bench.folder, "logs");
    const preload = join(bench.folder, "preload.mjs");
    await writeFile(preload, `process.once("SIGUSR2", () => { throw new Error("a fault"); });`);
    const env = { NODE_OPTIONS: `--import=${preload}` };
    const crashing = bench.launch(isolated("--log-dir", directory), { env });
    await crashing.ready;
    crashing.child.kill("SIGUSR2");
    expect((await crashing.ended).code).toBe(70);
    expect((await linesOf(directory)).at(-1)).toContain("a fault");
  });

  it.skipIf(!canMount)("a full disk costs lines and one warning, not the server", async () => {
    const directory = join(bench.folder, "logs");
    await mkdir(directory);
    const script = `mount -t tmpfs -o size=128k none '${directory}' && exec "$@"`;
    const under = ["unshare", "--mount", "sh", "-c", script, "sh"];
    const server = bench.launch(isolated("--debug", "--log-dir", directory), { under });
    const ready = await server.ready;
    await ask(ready, 200, `/${"x".repeat(4000)}`);
    expect((await fetch(`${ready.http}/readyz`)).status).toBe(200);
    await stop(server);
    const warnings = records(server.stderr).filter(({ level }) => level === "warn");
    expect(warnings).toEqual([
      expect.objectContaining({
        msg: expect.stringContaining("cannot be written"),
        error: expect.objectContaining({ code: "ENOSPC" }),
      }),
    ]);
  });
});
