import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pinListSchema } from "@ipfs-kit/core/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { formOf, partHead, rawUploadHead } from "./support/multipart.ts";
import { openRaw } from "./support/raw-http.ts";
import { type SpawnedServer, spawnServer } from "./support/spawn-server.ts";

let folder: string;
const running: SpawnedServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-test-"));
});

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

function run(args: string[], env: Record<string, string> = {}, through?: string): SpawnedServer {
  const server = spawnServer(args, { TMPDIR: folder, ...env }, through);
  running.push(server);
  return server;
}

const onDisk = (...more: string[]) => [
  "--port",
  "0",
  "--persistence-path",
  join(folder, "data"),
  ...more,
];

async function pinsOf(url: string) {
  return pinListSchema.parse(await (await fetch(`${url}/api/v0/pins`)).json()).pins;
}

/** An upload that has begun and waits for more of its bytes. */
async function beginUpload(url: string) {
  const { port, host } = new URL(url);
  const socket = await openRaw(Number(port));
  const begin = `${partHead("half")}${"x".repeat(3_000_000)}`;
  socket.write(rawUploadHead("/api/v0/add?progress=true", host, 10_000_000) + begin);
  // The first progress line says that the store is reading.
  await once(socket, "data");
  socket.resume();
  return socket;
}

describe("the command", { timeout: 30_000 }, () => {
  it("says once on stdout that it is ready, logs JSON, and stops cleanly", async () => {
    const { child, ready, ended } = run(["serve", "--port=0", "--isolation", "--debug"]);
    const { http, dashboard, pid } = await ready;
    expect(pid).toBe(child.pid);
    expect(dashboard).toBe(`${http}/dashboard/`);
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    expect(await readdir(folder)).toHaveLength(1);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stdout).toHaveLength(1);
    expect(stderr.length).toBeGreaterThan(2);
    for (const line of stderr) expect(JSON.parse(line)).toMatchObject({ msg: expect.any(String) });
    expect(await readdir(folder)).toEqual([]);
  });

  it("shows help and version", async () => {
    const [help, version] = await Promise.all([run(["--help"]).ended, run(["--version"]).ended]);
    expect([help.code, version.code]).toEqual([0, 0]);
    expect(help.stdout.join("\n")).toContain("--persistence-path");
    expect(version.stdout).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  });

  it("logs warnings of the runtime as everything else", async () => {
    const preload = join(folder, "warn.mjs");
    await writeFile(preload, `process.once("SIGUSR2", () => process.emitWarning("look here"));`);
    const env = { NODE_OPTIONS: `--import=${preload}` };
    const { child, ready, ended } = run(["--port=0", "--isolation"], env);
    await ready;
    child.kill("SIGUSR2");
    await once(child.stderr ?? child, "data");
    child.kill("SIGTERM");
    const lines = (await ended).stderr.map((line): unknown => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "warn", msg: "a warning of the runtime" }),
    );
  });

  it("keeps what it acknowledged, and nothing of an upload cut by SIGTERM", async () => {
    const first = run(onDisk("--drain-seconds", "0"));
    const { http } = await first.ready;
    const answer = await fetch(`${http}/api/v0/add`, {
      method: "POST",
      body: formOf({ kept: "!" }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    const socket = await beginUpload(http);
    const cut = new Promise((resolve) => socket.once("close", resolve));
    first.child.kill("SIGTERM");
    await cut;
    expect((await first.ended).code).toBe(0);
    const second = run(onDisk());
    const pins = await pinsOf((await second.ready).http);
    expect(pins.map(({ name }) => name)).toEqual(["kept"]);
  });

  it("notices that the package manager above it was killed", async () => {
    const manager = join(folder, "pnpm.mjs");
    await writeFile(
      manager,
      `import { spawn } from "node:child_process";
       spawn(process.execPath, process.argv.slice(2), { stdio: "inherit" });`,
    );
    const env = { npm_lifecycle_event: "start" };
    const { child, ready, ended } = run(["--port=0", "--isolation"], env, manager);
    const { pid } = await ready;
    expect(pid).not.toBe(child.pid);
    child.kill("SIGKILL");
    // The pipes close only when the server itself is gone too.
    const { stderr } = await ended;
    expect(stderr.at(-1)).toContain('"msg":"stopped"');
  });

  it("takes the echo of a package manager for the same signal", async () => {
    const env = { npm_lifecycle_event: "start" };
    const { child, ready, ended } = run(["--port=0", "--isolation"], env);
    await ready;
    child.kill("SIGTERM");
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
  });
});
