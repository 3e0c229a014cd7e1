import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { seededBytes } from "@ipfs-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createServer, type IpfsKitServer } from "../src/server.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

let server: IpfsKitServer;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ipfs-kit-pipes-"));
  file = join(folder, "file");
  await writeFile(file, seededBytes(5_000_000, 5));
  server = createServer({ port: 0, isolation: true });
  await server.start();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** `$KIT` is the command. */
function startShell(script: string, url = server.url): ChildProcess {
  const KIT = `"${process.execPath}" --conditions=@ipfs-kit/source "${MAIN}"`;
  return spawn("bash", ["-c", script.replaceAll("KIT", KIT)], {
    cwd: folder,
    env: { ...process.env, IPFS_KIT_SERVER: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function shell(script: string, url?: string) {
  const child = startShell(script, url);
  if (child.stdout === null || child.stderr === null) throw new Error("It has no output.");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr };
}

describe.skipIf(process.platform === "win32")("a command among others", { timeout: 60_000 }, () => {
  it("ends quietly when its reader has enough", async () => {
    const { stdout, stderr } = await shell(
      `CID=$(KIT add -q file); KIT cat $CID | head -c 1 | wc -c; echo "rc \${PIPESTATUS[0]}"`,
    );
    expect(stderr).toBe("");
    expect(stdout.trim()).toMatch(/^1\s+rc 0$/);
  });

  it("adds everything although nobody reads what it tells", async () => {
    const { stdout, stderr } = await shell(
      `mkdir many; for i in $(seq 300); do echo $i > many/$i; done
       KIT add many | head -n 1 > /dev/null; echo "rc \${PIPESTATUS[0]}"
       KIT pin ls $(KIT add -n -q many) | wc -l`,
    );
    expect(stderr).toBe("");
    expect(stdout.trim()).toMatch(/^rc 0\s+1$/);
  });

  it.skipIf(process.platform !== "linux")("says that its output could not be written", async () => {
    const { stdout, stderr } = await shell(
      `CID=$(echo small | KIT add -q); KIT cat $CID > /dev/full; echo "rc $?"`,
    );
    expect(stderr).toContain("ENOSPC");
    expect(stdout.trim()).toBe("rc 1");
  });

  it("does not wait for input when there is nobody to give it to", async () => {
    const child = startShell(
      // The writer never ends by itself; what it writes to is open as long as it lives.
      `exec 3< <(exec sleep 600); WRITER=$!; KIT add <&3; echo "rc $?"; kill $WRITER`,
      "http://127.0.0.1:1",
    );
    if (child.stdout === null) throw new Error("It has no output.");
    expect(await text(child.stdout)).toBe("rc 3\n");
  });

  it("is not guessed: an unknown one names the nearest, and is no wrong flag of a server", async () => {
    const { stdout, stderr } = await shell(
      `KIT serv; echo "rc $?"; KIT frobnicate; echo "rc $?"; KIT --prot 1; echo "rc $?"; KIT pin; echo "rc $?"`,
    );
    expect(stdout).toBe("rc 64\nrc 64\nrc 64\nrc 2\n");
    const [near, none, flag, group] = stderr.trim().split("\n");
    expect(near).toMatch(/^ipfs-kit: .*"serv".*serve\?/);
    expect(none).toMatch(/^ipfs-kit: .*"frobnicate": use serve, add, /);
    expect(flag).toMatch(/--prot.*--port\?/);
    expect(group).toMatch(/^ipfs-kit pin: .*add, rm, ls/);
  });

  it("ends as the signal says that asked it to", async () => {
    const child = startShell("exec KIT stats --watch 60");
    if (child.stdout === null) throw new Error("It has no output.");
    await once(child.stdout, "readable");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(143);
  });

  it("stops waiting for its reader when it is interrupted", async () => {
    const { stdout } = await shell(`KIT add -q file`);
    const child = spawn(
      process.execPath,
      ["--conditions=@ipfs-kit/source", MAIN, "cat", ...Array(5).fill(stdout.trim())],
      {
        env: { ...process.env, IPFS_KIT_SERVER: server.url },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    // Something came, and now nobody reads on: the pipe is full.
    await once(child.stdout, "readable");
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    child.stdout.destroy();
    expect(code).toBe(130);
  });
});
