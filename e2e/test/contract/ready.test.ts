import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { useBench } from "../../support/launch.ts";

const bench = useBench();
const isolated = (...more: string[]) => ["--port", "0", "--isolation", ...more];

async function manifest(specifier: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(import.meta.resolve(specifier)), "utf8"));
}

describe("the command is called ipfs-kit, and serve is what it does by default", () => {
  it("is the only program of its package", async () => {
    expect(await manifest("@ipfs-kit/mcp-server/package.json")).toMatchObject({
      name: "@ipfs-kit/mcp-server",
      bin: { "ipfs-kit": "./dist/main.js" },
    });
  });

  it.each([[["serve"]], [[]]])("serves with %j", async (words) => {
    const { child, ready, ended } = bench.launch([...words, ...isolated()]);
    expect((await ready).event).toBe("ready");
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });

  it("takes flags from variables, and a flag over its variable", async () => {
    const env = { IPFS_KIT_PORT: "0", IPFS_KIT_ISOLATION: "1", IPFS_KIT_DISABLE_GATEWAY: "1" };
    expect(await bench.launch([], { env }).ready).not.toHaveProperty("gateway");
    const args = ["--disable-gateway=false"];
    expect(await bench.launch(args, { env }).ready).toHaveProperty("gateway");
  });
});

describe("ready: exactly one line on stdout when everything is bound", () => {
  it("says who, where and with what, and nothing else", async () => {
    const { child, ready, ended, stdout } = bench.launch(isolated());
    const line = await ready;
    const answers = [
      fetch(`${line.http}/readyz`),
      fetch(`${line.gateway}/ipfs/bafkqaaa`),
      fetch(line.dashboard),
    ];
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200]);
    child.kill("SIGTERM");
    await ended;
    expect(stdout).toHaveLength(1);
    const url = /^http:\/\/127\.0\.0\.1:\d+$/;
    expect(JSON.parse(stdout[0] ?? "")).toStrictEqual({
      event: "ready",
      pid: child.pid,
      http: expect.stringMatching(url),
      gateway: expect.stringMatching(url),
      dashboard: `${line.http}/dashboard/`,
      content_backend: "embedded",
    });
  });

  it("leaves out what is not served", async () => {
    const { ready, stdout } = bench.launch(isolated("--disable-gateway"));
    await ready;
    expect(JSON.parse(stdout[0] ?? "")).not.toHaveProperty("gateway");
  });

  it("picks free ports, and reports them", async () => {
    const [one, two] = await Promise.all([
      bench.launch(isolated()).ready,
      bench.launch(isolated()).ready,
    ]);
    const ports = [one.http, one.gateway, two.http, two.gateway].map(
      (url) => new URL(url ?? "").port,
    );
    expect(new Set(ports).size).toBe(4);
    expect(ports).not.toContain("0");
  });
});

const hasScript = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

describe("on a terminal a readable banner goes to stderr", () => {
  it.skipIf(!hasScript)("and the log is for people; stdout has the one line still", async () => {
    // `script` makes the terminal; only stderr is on it.
    const script = `cd "$HOME" && exec script -qe -c "$* >out.txt" /dev/null`;
    const { child, ended } = bench.launch(isolated(), { under: ["sh", "-c", script, "sh"] });
    await expect
      .poll(async () => readFile(`${bench.folder}/out.txt`, "utf8").catch(() => ""), {
        timeout: 20_000,
      })
      .toContain("\n");
    const line: unknown = JSON.parse(await readFile(`${bench.folder}/out.txt`, "utf8"));
    process.kill(Number(Object(line).pid), "SIGTERM");
    const { code, stdout } = await ended;
    const screen = stdout.join("\n");
    expect([code, child.exitCode]).toEqual([0, 0]);
    expect(screen).toContain("IPFS Kit ");
    expect(screen).toContain(`Dashboard  ${Object(line).dashboard}`);
    expect(screen).toMatch(/\d\d:\d\d:\d\d\.\d{3} INFO {2}ready url=http/);
    expect(screen).not.toContain('{"level"');
  });
});
