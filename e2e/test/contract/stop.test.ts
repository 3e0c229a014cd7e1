import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { healthSchema, problemSchema } from "@ipfs-kit/core/wire";
import { describeWithKubo, startKubo } from "@ipfs-kit/testing";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { exchange } from "../../support/exchange.ts";
import { addBytes } from "../../support/http.ts";
import { useBench } from "../../support/launch.ts";
import { beginUpload, openMuteWebSocket, openRaw, requestHead } from "../../support/raw.ts";
import { signalingUrl } from "../../support/watch.ts";

/** Two parts of a start and an end of a process are no work of the server. */
const SLACK_MS = 5_000;

const bench = useBench();
const isolated = (...more: string[]) => ["--port", "0", "--isolation", ...more];

/** Sends SIGTERM and measures what follows. */
async function stopped(
  server: ReturnType<typeof bench.launch>,
  signal: NodeJS.Signals = "SIGTERM",
) {
  const startedAt = performance.now();
  server.child.kill(signal);
  const { code, stderr } = await server.ended;
  return { code, stderr, milliseconds: performance.now() - startedAt };
}

describe("stop: readiness 503", () => {
  it("for as long as it drains, with the reason; it is alive; all else is sent away", async () => {
    const server = bench.launch(isolated());
    const { http, gateway } = await server.ready;
    const upload = await beginUpload(http, 3_000_000, 2_900_000);
    server.child.kill("SIGTERM");
    await server.logged("stopping");
    const readyz = await fetch(`${http}/readyz`);
    expect(readyz.status).toBe(503);
    expect(healthSchema.parse(await readyz.json()).components).toContainEqual(
      expect.objectContaining({ status: "unavailable", reason_code: "draining" }),
    );
    expect((await fetch(`${http}/livez`)).status).toBe(200);
    for (const url of [`${http}/api/v0/version`, `${gateway}/ipfs/bafkqaaa`]) {
      const answer = await fetch(url);
      expect([answer.status, answer.headers.get("connection")]).toEqual([503, "close"]);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(problemSchema.parse(await answer.json()).code).toBe("unavailable");
    }
    upload.socket.write(upload.rest);
    expect((await server.ended).code).toBe(0);
  });

  it("reaches also who is sending a body that nobody wants any more", async () => {
    const server = bench.launch(isolated());
    const { http } = await server.ready;
    const upload = await beginUpload(http, 3_000_000, 2_900_000);
    server.child.kill("SIGTERM");
    await server.logged("stopping");
    for (let round = 0; round < 20; round += 1) {
      const outcome = await exchange(`${http}/api/v0/add`, {
        method: "POST",
        headers: { "content-type": "multipart/form-data; boundary=x", "content-length": "8000000" },
        send: (outgoing) => void outgoing.end(Buffer.alloc(8_000_000)),
      });
      expect(outcome).toMatchObject({ kind: "whole", status: 503 });
    }
    upload.socket.write(upload.rest);
    expect((await server.ended).code).toBe(0);
  });
});

describe("stop: WebSockets closed 1012 with retry_after", () => {
  it("those that listen", async () => {
    const server = bench.launch(isolated());
    const socket = new WebSocket(signalingUrl(await server.ready));
    const closed = Promise.withResolvers<[number, string]>();
    socket.on("close", (code, reason) => closed.resolve([code, reason.toString()]));
    await new Promise((resolve) => socket.once("message", resolve));
    expect((await stopped(server)).code).toBe(0);
    const [code, reason] = await closed.promise;
    expect(code).toBe(1012);
    expect(JSON.parse(reason)).toEqual({ retry_after: expect.any(Number) });
  });

  it("those that do not say goodbye do not hold it up", async () => {
    const server = bench.launch(isolated());
    const ready = await server.ready;
    const mute = await openMuteWebSocket(signalingUrl(ready).replace("ws:", "http:"));
    const { code, milliseconds } = await stopped(server);
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(10_000);
    // The close frame: 1012 is 0x03f4.
    expect(mute.text()).toContain('\u0003\u00F4{"retry_after":');
  });
});

describe("stop: in-flight requests finished or told, deadline 10 s", () => {
  it("an upload that goes on is finished, and kept", async () => {
    const args = ["--port", "0", "--persistence-path", join(bench.folder, "data")];
    const server = bench.launch(args);
    const { http } = await server.ready;
    const upload = await beginUpload(http, 3_000_000, 2_500_000);
    server.child.kill("SIGTERM");
    for (let at = 0; at < upload.rest.length; at += 50_000) {
      upload.socket.write(upload.rest.slice(at, at + 50_000));
      await sleep(100);
    }
    await upload.saw('"Hash"');
    expect((await server.ended).code).toBe(0);
    const cid = /"Hash":"(?<cid>[^"]+)"/.exec(upload.text())?.groups?.["cid"] ?? "";
    const { http: again } = await bench.launch(args).ready;
    const kept = await exchange(`${again}/api/v0/cat?arg=${cid}`, { method: "POST" });
    expect(kept.kind === "whole" && kept.body.equals(Buffer.alloc(3_000_000, "x"))).toBe(true);
  });

  it("an upload that stalls is cut at the deadline, and nothing of it is seen", async () => {
    const args = ["--port", "0", "--persistence-path", join(bench.folder, "data")];
    const server = bench.launch([...args, "--drain-seconds", "2"]);
    const { http } = await server.ready;
    const upload = await beginUpload(http, 3_000_000, 2_900_000);
    const { code, milliseconds } = await stopped(server);
    await upload.closed;
    expect(code).toBe(0);
    expect(milliseconds).toBeGreaterThan(2_000);
    expect(milliseconds).toBeLessThan(2_000 + SLACK_MS);
    expect(upload.text()).not.toContain('"Hash"');
    const { http: again } = await bench.launch(args).ready;
    expect(await (await fetch(`${again}/api/v0/pins`)).json()).toMatchObject({ pins: [] });
  });

  it("the deadline is 10 s when nothing else is said", async () => {
    const server = bench.launch(isolated());
    await beginUpload((await server.ready).http, 3_000_000, 2_900_000);
    const { code, milliseconds } = await stopped(server);
    expect(code).toBe(0);
    expect(milliseconds).toBeGreaterThan(10_000);
    expect(milliseconds).toBeLessThan(10_000 + SLACK_MS);
  });

  it("a reader that takes nothing is cut soon, one that reads on gets everything", async () => {
    const server = bench.launch(isolated());
    const { http } = await server.ready;
    const size = 40_000_000;
    const cid = await addBytes(http, "a", new Uint8Array(size));
    const head = requestHead("POST", `${http}/api/v0/cat?arg=${cid}`, "Content-Length: 0");
    const stuck = await openRaw(http, head);
    await stuck.saw("200 OK");
    stuck.socket.pause();
    const slow = await openRaw(http, head);
    await slow.saw("200 OK");
    const stopping = stopped(server);
    let received = 0;
    slow.socket.on("data", (chunk: string) => (received += chunk.length));
    while (!slow.socket.destroyed) {
      slow.socket.pause();
      await sleep(5);
      slow.socket.resume();
      await sleep(1);
    }
    expect(await stopping).toMatchObject({ code: 0 });
    expect((await stopping).milliseconds).toBeLessThan(10_000);
    // Chunks have a frame of their own.
    expect(slow.text().length).toBeGreaterThan(size);
    expect(slow.text().endsWith("0\r\n\r\n")).toBe(true);
    expect(received).toBeGreaterThan(0);
    stuck.socket.resume();
    await stuck.closed;
    expect(stuck.text().endsWith("0\r\n\r\n")).toBe(false);
  });

  it.each<[string, (url: string) => string]>([
    ["an idle connection", () => ""],
    ["half a header", () => "GET / HTTP/1.1\r\nHost:"],
    [
      "Upgrade: foo",
      (url) => requestHead("GET", `${url}/livez`, "Connection: Upgrade", "Upgrade: foo"),
    ],
    [
      "Upgrade: h2c",
      (url) => requestHead("GET", `${url}/livez`, "Connection: Upgrade", "Upgrade: h2c"),
    ],
    [
      "an Upgrade with half a handshake",
      (url) => requestHead("GET", `${url}/ws/webrtc`, "Connection: Upgrade", "Upgrade: websocket"),
    ],
    ["kept alive", (url) => requestHead("GET", `${url}/livez`)],
    ["a body that never comes", (url) => requestHead("POST", `${url}/x`, "Content-Length: 9")],
  ])("%s does not hold it up", async (_what, text) => {
    const server = bench.launch(isolated());
    const { http } = await server.ready;
    await openRaw(http, text(http));
    await exchange(`${http}/livez`);
    const { code, milliseconds } = await stopped(server);
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(SLACK_MS);
  });
});

describe("stop: during a start", () => {
  it("ends it, at any moment, and leaves nothing behind", async () => {
    for (let ms = 0; ms < 1500; ms += 100) {
      const server = bench.launch(isolated());
      await sleep(ms);
      server.child.kill("SIGTERM");
      const { code, signal, stdout, stderr } = await server.ended;
      // Before our first line runs, the signal ends Node itself.
      expect(signal === "SIGTERM" ? stderr : code).toEqual(signal === "SIGTERM" ? [] : 0);
      expect(stdout.length).toBeLessThan(2);
      expect(await readdir(bench.folder)).toEqual([]);
    }
  });
});

const hasScript = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

describe("stop: when the terminal is gone", () => {
  it.skipIf(!hasScript)("drains, as after a first signal", async () => {
    // `script` makes a terminal; when it is killed, that hangs up.
    const script = `exec script -qec "exec $* >'${bench.folder}/out'" /dev/null`;
    const server = bench.launch(isolated("--log-dir", join(bench.folder, "logs")), {
      under: ["sh", "-c", script, "sh"],
    });
    const out = join(bench.folder, "out");
    await expect
      .poll(async () => readFile(out, "utf8").catch(() => ""), { timeout: 20_000 })
      .toContain("ready");
    expect(await readdir(bench.folder)).toHaveLength(3);
    server.child.kill("SIGKILL");
    await expect
      .poll(async () => (await readdir(bench.folder)).toSorted(), { timeout: 10_000 })
      .toEqual(["logs", "out"]);
  });
});

describe("stop: second signal: out within 1 s", () => {
  it.each([
    ["SIGTERM", "SIGTERM", 143],
    ["SIGINT", "SIGINT", 130],
    ["SIGTERM", "SIGINT", 130],
  ] as const)("%s, %s", async (first, second, expected) => {
    const server = bench.launch(isolated());
    await beginUpload((await server.ready).http, 3_000_000, 2_900_000);
    server.child.kill(first);
    await server.logged("finishing what is in flight");
    const { code, milliseconds } = await stopped(server, second);
    expect(code).toBe(expected);
    expect(milliseconds).toBeLessThan(1_000);
    expect(await readdir(bench.folder)).toEqual([]);
  });
});

describeWithKubo("stop: while Kubo does not answer", () => {
  it("ends in time, whatever it waits for", { timeout: 120_000 }, async () => {
    await using kubo = await startKubo();
    const args = ["--port", "0", "--content-backend", "kubo", "--kubo-api", kubo.api];
    const server = bench.launch([...args, "--persistence-path", join(bench.folder, "data")]);
    const { http } = await server.ready;
    const cid = await addBytes(http, "a", new Uint8Array(1_000_000));
    kubo.signal("SIGSTOP");
    const waiting = exchange(`${http}/api/v0/pin/rm?arg=${cid}`, { method: "POST" });
    await sleep(500);
    const { code, milliseconds } = await stopped(server);
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(10_000 + SLACK_MS);
    expect(await waiting).not.toMatchObject({ kind: "whole", status: 200 });

    const starting = bench.launch([...args, "--persistence-path", join(bench.folder, "data")]);
    // It starts all the same.
    await starting.ready;
    const again = await stopped(starting);
    expect(again.code).toBe(0);
    expect(again.milliseconds).toBeLessThan(10_000 + SLACK_MS);
    kubo.signal("SIGCONT");
  });
});
