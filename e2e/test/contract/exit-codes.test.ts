import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { type Ended, useBench } from "../../support/launch.ts";

const bench = useBench();

const data = () => join(bench.folder, "data");
const onDisk = (...more: string[]) => ["--port", "0", "--persistence-path", data(), ...more];
const isolated = (...more: string[]) => ["--port", "0", "--isolation", ...more];

/** What an end that is no success looks like: nothing on stdout, one line for people at the end. */
function expectOneLine({ stdout, stderr }: Ended, text: RegExp): void {
  expect(stdout).toEqual([]);
  const [line = "", ...more] = stderr.filter((each) => !each.startsWith("{"));
  expect(more).toEqual([]);
  expect(line).toMatch(/^ipfs-kit: \S/);
  expect(line).toMatch(text);
  expect(line.length).toBeLessThan(500);
}

/** Runs something in the middle of a server that is ready, when it gets SIGUSR2. */
async function saboteur(code: string): Promise<Record<string, string>> {
  const preload = join(bench.folder, "preload.mjs");
  await writeFile(preload, `process.once("SIGUSR2", () => { ${code} });`);
  return { NODE_OPTIONS: `--import=${preload}` };
}

const canUnshare = spawnSync("unshare", ["--mount", "true"]).status === 0;

describe("exit code 0: a clean stop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("after %s", async (signal) => {
    const { child, ready, ended } = bench.launch(isolated());
    await ready;
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0, signal: null, stdout: [expect.any(String)] });
  });
});

describe("exit code 64: a bad flag or configuration, with flag, value and what is allowed", () => {
  it.each<[string[], RegExp]>([
    [["--port", "http"], /--port "http".*0 to 65535/],
    [["--port", "65536"], /--port "65536".*0 to 65535/],
    [["--port"], /--port/],
    [["--gateway-port", "-1"], /--gateway-port/],
    [["--drain-seconds", "soon"], /--drain-seconds "soon".*0 to 600/],
    [["--content-backend", "s3"], /--content-backend "s3".*embedded.*kubo/],
    [["--storage-max", "much"], /--storage-max "much".*give bytes/],
    [["--log-level", "loud"], /--log-level "loud".*debug.*error/],
    [["--prot", "8000"], /--prot.*--port/],
    [["--host", "0.0.0.0"], /--host.*0\.0\.0\.0.*token/],
    [["--allow-origin", "everyone"], /--allow-origin "everyone"/],
    [["--host", "\u001B[2J"], /--host "\\u001b\[2J"/],
    [["serv"], /serv.*serve/],
    [["mcp"], /mcp/],
  ])("%j", async (args, text) => {
    const ended = await bench.launch([...args, "--isolation"]).ended;
    expect(ended.code).toBe(64);
    expectOneLine(ended, text);
  });

  it("names the variable when that is where the value is from", async () => {
    const ended = await bench.launch(["--isolation"], { env: { IPFS_KIT_PORT: "http" } }).ended;
    expect(ended.code).toBe(64);
    expectOneLine(ended, /IPFS_KIT_PORT "http".*0 to 65535/);
  });

  it("names the file and the key when that is where the value is from", async () => {
    const file = join(bench.folder, "config.json");
    await writeFile(file, `{ "port": "http" }`);
    const ended = await bench.launch(["--config", file]).ended;
    expect(ended.code).toBe(64);
    expectOneLine(ended, /config\.json.*port.*"http".*0 to 65535/);
  });

  it("for a log folder that cannot be", async () => {
    const file = join(bench.folder, "file");
    await writeFile(file, "in the way");
    const ended = await bench.launch(isolated("--log-dir", file)).ended;
    expect(ended.code).toBe(64);
    expectOneLine(ended, /--log-dir ".*file".*a folder that can be written to/);
    expect(await readFile(file, "utf8")).toBe("in the way");
  });

  it.runIf(process.platform === "linux")("for a log folder where nothing can be made", async () => {
    const ended = await bench.launch(isolated("--log-dir", "/proc/no/such/place")).ended;
    expect(ended.code).toBe(64);
    expectOneLine(ended, /--log-dir "\/proc\/no\/such\/place"/);
  });
});

describe("exit code 69: the port is in use", () => {
  it.each(["--port", "--gateway-port"])("of %s", async (flag) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const ended = await bench.launch([...isolated(), flag, port]).ended;
    other.close();
    expect(ended.code).toBe(69);
    expectOneLine(ended, new RegExp(`${port}.*${flag}`));
    expect(await readdir(bench.folder)).toEqual([]);
  });
});

describe("exit code 70: an error inside", () => {
  it.each([
    ["thrown", `throw new Error("a fault\\nof two lines");`],
    ["a promise nobody waits for", `void Promise.reject(new Error("a fault\\nof two lines"));`],
    ["no error at all", `throw "a fault\\nof two lines";`],
  ])("%s: logged, told in one line, over", async (_what, code) => {
    const { child, ready, ended } = bench.launch(isolated(), { env: await saboteur(code) });
    await ready;
    child.kill("SIGUSR2");
    const { code: exit, stdout, stderr } = await ended;
    expect([exit, stdout.length]).toEqual([70, 1]);
    expect(stderr.at(-1)).toMatch(/^ipfs-kit: .*a fault of two lines.*--debug/);
    expect(JSON.parse(stderr.at(-2) ?? "")).toMatchObject({
      level: "error",
      msg: "an error nobody caught",
    });
    expect(stderr.filter((line) => !line.startsWith("{"))).toHaveLength(1);
    expect(await readdir(bench.folder)).toEqual(["preload.mjs"]);
  });
});

describe("exit code 73: the data directory is unusable or locked by a live process", () => {
  it("when it cannot be made", async () => {
    await writeFile(data(), "in the way");
    const ended = await bench.launch(onDisk()).ended;
    expect(ended.code).toBe(73);
    expectOneLine(ended, new RegExp(`${data()}.*--persistence-path`));
    expect(await readFile(data(), "utf8")).toBe("in the way");
  });

  it.each(["content", "renditions", "scratch", "metadata", "cache"])(
    "when %s in it is a file",
    async (room) => {
      await mkdir(data());
      await writeFile(join(data(), room), "in the way");
      const ended = await bench.launch(onDisk()).ended;
      expect(ended.code).toBe(73);
      expectOneLine(ended, new RegExp(join(data(), room)));
      expect(await readFile(join(data(), room), "utf8")).toBe("in the way");
    },
  );

  it.skipIf(!canUnshare)("when it is read-only, new or used", async () => {
    const first = bench.launch(onDisk());
    await first.ready;
    first.child.kill("SIGTERM");
    await first.ended;
    for (const path of [data(), join(bench.folder, "new")]) {
      await mkdir(path, { recursive: true });
      const script = `mount --bind '${path}' '${path}' && mount -o remount,ro,bind '${path}' && exec "$@"`;
      const under = ["unshare", "--mount", "sh", "-c", script, "sh"];
      const args = ["--port", "0", "--persistence-path", path];
      const ended = await bench.launch(args, { under }).ended;
      expect(ended.code).toBe(73);
      expectOneLine(ended, new RegExp(path));
    }
  });

  it("when a live process has it, which does not mind", async () => {
    const first = bench.launch(onDisk());
    const { http } = await first.ready;
    for (let round = 0; round < 3; round += 1) {
      const second = await bench.launch(onDisk()).ended;
      expect(second.code).toBe(73);
      expectOneLine(second, new RegExp(data()));
    }
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
  });
});

describe("a stale lock after a crash never blocks", () => {
  it("however often it was killed", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { child, ready, ended } = bench.launch(onDisk());
      const { http } = await ready;
      expect((await fetch(`${http}/readyz`)).status).toBe(200);
      child.kill("SIGKILL");
      await ended;
    }
  });
});

describe("one human line on stderr; a stack only with --debug", () => {
  const cases: [number, () => string[]][] = [
    [64, () => ["--port", "http"]],
    [73, () => onDisk()],
  ];

  it.each(cases)("exit code %d", async (code, args) => {
    await writeFile(data(), "in the way");
    const quiet = await bench.launch(args()).ended;
    expect(quiet.code).toBe(code);
    expectOneLine(quiet, /./);
    const loud = await bench.launch([...args(), "--debug"]).ended;
    expect(loud.code).toBe(code);
    expect(loud.stderr.join("\n")).toMatch(/\n {4}at /);
  });

  it("exit code 70", async () => {
    const env = await saboteur(`throw new Error("a fault");`);
    for (const debug of [false, true]) {
      const { child, ready, ended } = bench.launch(isolated(...(debug ? ["--debug"] : [])), {
        env,
      });
      await ready;
      child.kill("SIGUSR2");
      const { code, stderr } = await ended;
      expect(code).toBe(70);
      expect(stderr.some((line) => /^ {4}at /.test(line))).toBe(debug);
      expect(stderr.some((line) => line.startsWith("{") && line.includes("at "))).toBe(debug);
    }
  });
});
