import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { addBytes } from "../../support/http.ts";
import { useBench } from "../../support/launch.ts";

const bench = useBench();

const hasStrace = spawnSync("strace", ["--version"]).status === 0;
const text = (content: string) => new TextEncoder().encode(content);

/** All files below a folder, by their paths in it. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Adds, reads, pins and looks at everything once. */
async function useServer({
  http,
  gateway,
}: {
  http: string;
  gateway?: string | undefined;
}): Promise<string> {
  const cid = await addBytes(http, "a.txt", text("kept"));
  const post = { method: "POST" };
  await (await fetch(`${http}/api/v0/cat?arg=${cid}`, post)).text();
  await (await fetch(`${http}/api/v0/pin/ls`, post)).text();
  await (await fetch(`${http}/api/v0/stats`)).text();
  await (await fetch(`${http}/dashboard/`)).text();
  if (gateway !== undefined) await (await fetch(`${gateway}/ipfs/${cid}`)).text();
  return cid;
}

describe("data: everything persistent is under --persistence-path", () => {
  it("and survives a start on the same folder", async () => {
    const args = ["--port", "0", "--persistence-path", join(bench.folder, "data")];
    const first = bench.launch(args);
    const cid = await useServer(await first.ready);
    first.child.kill("SIGTERM");
    await first.ended;
    expect((await filesIn(join(bench.folder, "data"))).length).toBeGreaterThan(0);
    const second = bench.launch(args);
    const { http } = await second.ready;
    expect(await (await fetch(`${http}/api/v0/cat?arg=${cid}`, { method: "POST" })).text()).toBe(
      "kept",
    );
  });

  it.skipIf(!hasStrace)("and nothing is written elsewhere, not even for a moment", async () => {
    const home = join(bench.folder, "home");
    const trace = join(bench.folder, "trace");
    await mkdir(home);
    const calls =
      "trace=open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat";
    const under = ["strace", "-f", "-qq", "-s", "4096", "-e", calls, "-o", trace];
    const path = join(bench.folder, "data");
    const { ready, ended } = bench.launch(["--port", "0", "--persistence-path", path], {
      under,
      env: { HOME: home, TMPDIR: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home },
    });
    const line = await ready;
    await useServer(line);
    process.kill(line.pid, "SIGTERM");
    expect((await ended).code).toBe(0);
    const changes = (await readFile(trace, "utf8"))
      .split("\n")
      .filter((call) => /^\d+ +(?:open.*O_(?:WRONLY|RDWR|CREAT)|(?!open)[a-z0-9]+\()/.test(call))
      .filter((call) => !/= -1 E/.test(call))
      .map((call) => /"(?<path>[^"]+)"/.exec(call)?.groups?.["path"] ?? call);
    expect(changes.filter((each) => each.startsWith(path)).length).toBeGreaterThan(5);
    expect(changes.filter((each) => !each.startsWith(path) && each !== "/dev/null")).toEqual([]);
    expect(await filesIn(home)).toEqual([]);
  });

  it("which is the platform's data folder by default", async () => {
    const env = { XDG_DATA_HOME: join(bench.folder, "platform") };
    const { ready } = bench.launch(["--port", "0"], { env });
    await useServer(await ready);
    const outside = (await filesIn(bench.folder)).filter(
      (file) => !file.startsWith(join(bench.folder, "platform", "ipfs-kit")),
    );
    expect(outside).toEqual([]);
  });

  it("also when a crash lost nothing but the present", async () => {
    const args = ["--port", "0", "--persistence-path", join(bench.folder, "data")];
    const first = bench.launch(args);
    const cid = await useServer(await first.ready);
    first.child.kill("SIGKILL");
    await first.ended;
    const { http } = await bench.launch(args).ready;
    expect(await (await fetch(`${http}/api/v0/cat?arg=${cid}`, { method: "POST" })).text()).toBe(
      "kept",
    );
  });
});

describe("data: --isolation uses a fresh temporary folder, removed at exit", () => {
  const args = ["--port", "0", "--isolation"];

  it("after a clean stop", async () => {
    const { child, ready, ended } = bench.launch(args);
    await useServer(await ready);
    expect(await readdir(bench.folder)).toHaveLength(1);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    expect(await readdir(bench.folder)).toEqual([]);
  });

  it("after a fault", async () => {
    const preload = join(bench.folder, "preload.mjs");
    await writeFile(preload, `process.once("SIGUSR2", () => { throw new Error("a fault"); });`);
    const env = { NODE_OPTIONS: `--import=${preload}` };
    const { child, ready, ended } = bench.launch(args, { env });
    await useServer(await ready);
    child.kill("SIGUSR2");
    expect((await ended).code).toBe(70);
    expect(await readdir(bench.folder)).toEqual(["preload.mjs"]);
  });

  it("and a folder of its own for each", async () => {
    const [one, two] = [bench.launch(args), bench.launch(args)];
    const cid = await useServer(await one.ready);
    const { http } = await two.ready;
    expect(await readdir(bench.folder)).toHaveLength(2);
    const answer = await fetch(`${http}/api/v0/exists/${cid}`);
    expect(await answer.json()).toMatchObject({ exists: false });
  });

  it.skipIf(!hasStrace)(
    "without contact to any daemon, also where the environment names one",
    async () => {
      const trace = join(bench.folder, "trace");
      const under = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", trace];
      const env = { IPFS_KIT_KUBO_API: "/ip4/127.0.0.1/tcp/5001" };
      const { ready, ended } = bench.launch(args, { under, env });
      const line = await ready;
      await useServer(line);
      process.kill(line.pid, "SIGTERM");
      expect((await ended).code).toBe(0);
      expect(await readFile(trace, "utf8")).not.toContain("AF_INET");
    },
  );
});
