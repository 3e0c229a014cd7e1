import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { mediaFixture } from "@ipfs-kit/testing";
import { describe, expect, inject, it } from "vitest";

import { launchBrowser } from "../../support/browser.ts";
import { addFile } from "../../support/http.ts";
import { useBench } from "../../support/launch.ts";
import { installViewer, openViewer } from "../../support/page-viewer.ts";
import { signalingUrl } from "../../support/watch.ts";

const bench = useBench();

const hasStrace = spawnSync("strace", ["--version"]).status === 0;
const hasNamespaces = spawnSync("unshare", ["--net", "true"]).status === 0;

const SENDING = "trace=connect,sendto,sendmsg,sendmmsg";

/** Whom a server talked to, from what `strace` saw of `connect`, `sendto` and `sendmsg`. */
async function addressesIn(trace: string): Promise<Set<string>> {
  const calls = await readFile(trace, "utf8");
  const found = calls.matchAll(/sin6?_port=htons\((?<port>\d+)\).*?"(?<address>[^"]+)"/g);
  return new Set(Array.from(found, ({ groups }) => groups?.["address"] ?? ""));
}

const isLoopback = (address: string) => /^(?:127\.|::1$|::ffff:127\.)/.test(address);

/** The addresses of this machine: a viewer on it is reached there. */
const isOurs = (address: string) =>
  isLoopback(address) ||
  spawnSync("hostname", ["-I"]).stdout.toString().split(/\s+/).includes(address);

describe("nothing leaves the machine unasked: no STUN, TURN, bootstrap peer, CDN or telemetry", () => {
  it.skipIf(!hasStrace)(
    "while content is added, read, and played in a browser",
    { timeout: 120_000 },
    async () => {
      const trace = join(bench.folder, "trace");
      const under = ["strace", "-f", "-qq", "-e", SENDING, "-o", trace];
      const { ready, ended } = bench.launch(["--port", "0", "--isolation"], { under });
      const line = await ready;
      const cid = await addFile(line.http, await mediaFixture("webm-vp8-opus"));
      await (await fetch(`${line.gateway}/ipfs/${cid}`)).arrayBuffer();
      const browser = await launchBrowser(inject("browser"));
      const page = await browser.newPage();
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(line.dashboard);
      await installViewer(page);
      const viewer = await openViewer(page, { url: signalingUrl(line), cid });
      expect(await viewer.evaluate(({ error }) => error)).toBeUndefined();
      await expect
        .poll(async () => viewer.evaluate(async (seen) => (await seen.sample()).framesDecoded), {
          timeout: 30_000,
        })
        .toBeGreaterThan(10);
      await viewer.evaluate((seen) => seen.leave());
      await browser.close();
      process.kill(line.pid, "SIGTERM");
      expect((await ended).code).toBe(0);
      const addresses = await addressesIn(trace);
      // The media went somewhere: the trace does see what is sent.
      expect(addresses.size).toBeGreaterThan(0);
      expect([...addresses].filter((address) => !isOurs(address))).toEqual([]);
      expect(asked.filter((url) => !url.startsWith(line.http))).toEqual([]);
    },
  );

  it.skipIf(!hasStrace)(
    "nor by the commands, one of which plays",
    { timeout: 120_000 },
    async () => {
      const { ready } = bench.launch(["--port", "0", "--isolation"]);
      const { http } = await ready;
      const cid = await addFile(http, await mediaFixture("webm-vp8-opus"));
      const trace = join(bench.folder, "trace");
      const under = ["strace", "-f", "-qq", "-e", SENDING, "-o", trace];
      for (const args of [["stream", cid, "--seconds", "1"], ["doctor"], ["stats"], ["cat", cid]]) {
        const { code } = await bench.launch([...args, "--server", http], { under }).ended;
        expect(code).toBe(0);
        const addresses = [...(await addressesIn(trace))];
        expect(addresses).not.toEqual([]);
        expect(addresses.filter((address) => !isOurs(address))).toEqual([]);
      }
    },
  );

  it.skipIf(!hasNamespaces)("and all works where there is no network at all", async () => {
    const under = ["unshare", "--net", "sh", "-c", `ip link set lo up && exec "$@"`, "sh"];
    const { ready, ended, stderr } = bench.launch(["--port", "0", "--isolation"], { under });
    const line = await ready;
    const inside = ["nsenter", "--net", "--target", String(line.pid), "curl", "--silent"];
    const ask = (...args: string[]) =>
      spawnSync(inside[0] ?? "", [...inside.slice(1), ...args]).stdout.toString();
    const added: unknown = JSON.parse(ask("-F", "file=@/etc/hostname", `${line.http}/api/v0/add`));
    const cid = String(Object(added).Hash);
    expect(ask(`${line.gateway}/ipfs/${cid}`)).toBe(await readFile("/etc/hostname", "utf8"));
    expect(JSON.parse(ask(`${line.http}/readyz`))).toMatchObject({
      status: expect.stringMatching(/ok|degraded/),
    });
    process.kill(line.pid, "SIGTERM");
    expect((await ended).code).toBe(0);
    for (const entry of stderr) expect(JSON.parse(entry)).not.toMatchObject({ level: "error" });
  });
});
