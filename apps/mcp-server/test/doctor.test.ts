import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { make } from "../src/commands/doctor/check.ts";
import { kuboCheck } from "../src/commands/doctor/kubo-check.ts";
import { dataFolderCheck, nodeCheck, portCheck } from "../src/commands/doctor/machine-checks.ts";
import { createServer, type IpfsKitServer } from "../src/server.ts";
import { type IpfsKitInit, runIpfsKit } from "./support/ipfs-kit.ts";
import { spawnServer } from "./support/spawn-server.ts";
import { startStranger } from "./support/stranger.ts";

let server: IpfsKitServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-doctor-test-"));
  server = createServer({ port: 0, gatewayPort: 0, persistencePath: join(folder, "data") });
  await server.start();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const doctor = async (line: string, init: Partial<IpfsKitInit> = {}) => {
  const env = { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, ...init.env };
  return runIpfsKit(["doctor", ...line.split(" ")], { url: server.url, ...init, env });
};

const rowOf = (objects: readonly unknown[], check: string) =>
  objects.find((row) => Reflect.get(Object(row), "check") === check);

const never = new AbortController().signal;

/** Blocks of the store, to see what is left behind. */
async function blocks(): Promise<number> {
  const answer: unknown = await (await fetch(`${server.url}/api/v0/stats`)).json();
  return Number(Reflect.get(Object(Reflect.get(Object(answer), "repository")), "blocks"));
}

describe("doctor", { timeout: 90_000 }, () => {
  it("finds a good server good, and leaves nothing behind", async () => {
    const before = await blocks();
    const { code, objects, stderr } = await doctor("--all --json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(objects.at(-1)).toMatchObject({ failed: 0 });
    const all = "node,configuration,data folder,transcoder,port,gateway port,server";
    for (const check of all.split(",")) expect(rowOf(objects, check)).toBeDefined();
    const good = "node,server,health: content,websocket,round trip,gateway,webrtc,clean-up";
    for (const check of good.split(",")) {
      expect(rowOf(objects, check)).toMatchObject({ status: "ok", ms: expect.any(Number) });
    }
    expect(await blocks()).toBe(before);
  });

  it("changes nothing unless it is asked to, and has another name", async () => {
    const env = { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    const ran = await runIpfsKit(["check-connectivity"], { url: server.url, env });
    expect(ran.code).toBe(0);
    expect(ran.stdout.toString()).toMatch(/^ok {7}websocket/m);
    expect(ran.stdout.toString()).not.toContain("round trip");
  });

  it("says what to do when no server answers", async () => {
    const { code, objects } = await doctor("--json", { url: "http://127.0.0.1:1" });
    expect(code).toBe(1);
    expect(rowOf(objects, "server")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("Start one"),
    });
    expect(rowOf(objects, "websocket")).toBeUndefined();
  });

  it("finds out a server that gives other bytes than it got", async () => {
    await using liar = await startStranger((request, response) => {
      request.resume();
      const path = new URL(request.url ?? "/", "http://x").pathname;
      if (path.endsWith("/version")) response.end('{"version":"9.9.9"}');
      else if (path.endsWith("/health")) {
        const part = { name: "disk", status: "unavailable", reason_code: "io", reason: "Broken." };
        response.writeHead(503).end(JSON.stringify({ status: "unavailable", components: [part] }));
      } else if (path.endsWith("/add")) {
        request.on("end", () => response.end('{"Name":"x","Hash":"bafkqaaa","Size":"0"}\n'));
      } else if (path.endsWith("/cat")) response.end("something else");
      else response.writeHead(404).end();
    });
    const { code, objects } = await doctor("--all --json", { url: liar.url });
    expect(code).toBe(1);
    expect(rowOf(objects, "health: disk")).toMatchObject({
      status: "failed",
      reason_code: "io",
      reason: "unavailable: Broken.",
    });
    expect(rowOf(objects, "round trip")).toMatchObject({
      status: "failed",
      reason_code: "integrity",
    });
    expect(rowOf(objects, "websocket")).toMatchObject({ status: "failed" });
    expect(rowOf(objects, "webrtc")).toMatchObject({ status: "failed" });
  });

  it("tells of a configuration that would not start a server", async () => {
    const { code, objects } = await doctor("--json", { env: { IPFS_KIT_PORT: "http" } });
    expect(code).toBe(1);
    expect(rowOf(objects, "configuration")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/IPFS_KIT_PORT "http".*65535/),
    });
  });

  it("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const { code } = await doctor("--all", {
      signal: controller.signal,
      onStdout: () => controller.abort(),
    });
    expect(code).toBe(130);
  });

  it("looks with a token at a server that wants one, and plays with a ticket", async () => {
    const path = join(folder, "guarded");
    const create = ["token", "create", "--role", "viewer", "--name", "t", "--persistence-path"];
    const made = await runIpfsKit([...create, path, "--json"], { url: "" });
    const token = String(Reflect.get(Object(made.objects[0]), "token"));
    const guarded = createServer({ port: 0, gatewayPort: 0, persistencePath: path });
    await guarded.start();
    try {
      const stranger = await doctor("--json", { url: guarded.url });
      expect(rowOf(stranger.objects, "server")).toMatchObject({ reason_code: "unauthenticated" });
      const env = { IPFS_KIT_TOKEN: token };
      const viewer = await doctor("--all --json", { url: guarded.url, env });
      expect(rowOf(viewer.objects, "websocket")).toMatchObject({ status: "ok" });
      // A viewer may not add: that says nothing of the server.
      expect(rowOf(viewer.objects, "round trip")).toMatchObject({
        status: "skipped",
        reason_code: "forbidden",
      });
      expect(viewer.code).toBe(0);
    } finally {
      await guarded.stop();
    }
  });
});

describe("a check of this machine", () => {
  it.each([
    ["18.20.0", "failed"],
    ["22.17.9", "failed"],
    ["22.18.0", "ok"],
    ["26.0.0", "ok"],
  ])("finds Node %s %s", async (version, status) => {
    expect(await make(nodeCheck(version), never)).toMatchObject([{ status }]);
  });

  it("finds a port free, taken, or held by ours", async () => {
    const other = createTcpServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const init = { name: "port", host: "127.0.0.1", port, flag: "--port", holder: undefined };
    const taken = await make(portCheck(init), never);
    expect(taken).toMatchObject([{ status: "warning", reasonCode: "port_in_use" }]);
    expect(taken[0]?.advice).toContain("--port");
    expect(await make(portCheck({ ...init, holder: "ours" }), never)).toMatchObject([
      { status: "ok", reason: `${port}: ours` },
    ]);
    other.close();
    await once(other, "close");
    expect(await make(portCheck(init), never)).toMatchObject([{ status: "ok" }]);
  });

  it("finds a data folder that is a file", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    const found = await make(dataFolderCheck(file, {}), never);
    expect(found).toMatchObject([{ status: "failed", reasonCode: "data_directory" }]);
    const deep = await make(dataFolderCheck(join(folder, "not", "there"), {}), never);
    expect(deep).toMatchObject([{ status: "ok", reason: expect.stringContaining("will be made") }]);
  });

  it("finds that Kubo is not there", async () => {
    const found = await make(kuboCheck("http://127.0.0.1:1"), never);
    expect(found).toMatchObject([
      { status: "failed", advice: expect.stringContaining("--kubo-api") },
    ]);
  });

  it("does not wait for ever", async () => {
    const check = { name: "slow", deadlineMs: 20, look: async () => new Promise<never>(() => {}) };
    expect(await make(check, never)).toMatchObject([{ status: "failed", reasonCode: "timeout" }]);
  });
});

describe("serve --run-tests", { timeout: 60_000 }, () => {
  it("checks the server it started, and ends with the verdict", async () => {
    const run = spawnServer(["--isolation", "--port=0", "--run-tests"], { TMPDIR: folder });
    const { code, stdout, stderr } = await run.ended;
    expect([code, stdout.length]).toEqual([0, 1]);
    const rows = stderr.map((line): unknown => JSON.parse(line));
    expect(rowOf(rows, "webrtc")).toMatchObject({ status: "ok" });
    expect(rows).toContainEqual(expect.objectContaining({ verdict: "ok", failed: 0 }));
  });

  it("ends with 1 when a check has failed", async () => {
    const args = ["--isolation", "--port=0", "--run-tests", "--storage-max=1k"];
    const { code, stdout, stderr } = await spawnServer(args, { TMPDIR: folder }).ended;
    expect([code, stdout.length]).toEqual([1, 1]);
    const rows = stderr.map((line): unknown => JSON.parse(line));
    expect(rowOf(rows, "round trip")).toMatchObject({ reason_code: "storage_full" });
    expect(rows.at(-1)).toMatchObject({ msg: "stopped" });
  });
});
