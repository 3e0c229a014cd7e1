import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { type Ready, readySchema } from "@ipfs-kit/core/wire";

export const MAIN = fileURLToPath(
  new URL("dist/main.js", import.meta.resolve("@ipfs-kit/mcp-server/package.json")),
);
const READY_TIMEOUT_MS = 20_000;

/** The built server, as a process of its own on a free port. */
export interface ServerProcess extends AsyncDisposable {
  readonly ready: Ready;
  readonly child: ChildProcess;
  /** Everything it wrote to stderr so far. */
  readonly log: () => string;
  /** Sends a signal and waits for the end. @returns the exit code, and how long it took */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; milliseconds: number }>;
}

export interface ServerProcessInit {
  /** Kept between starts; a fresh one, removed at the end, when absent. */
  directory?: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export async function startServer({
  directory,
  args = [],
  env = {},
}: ServerProcessInit = {}): Promise<ServerProcess> {
  const home = directory ?? (await mkdtemp(join(tmpdir(), "ipfs-kit-e2e-")));
  const child = spawn(
    process.execPath,
    [
      "--enable-source-maps",
      MAIN,
      "serve",
      "--port",
      "0",
      "--gateway-port",
      "0",
      "--persistence-path",
      home,
      ...args,
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = once(child, "exit");
  const ready = await readyLine(child, () => log);
  const stop: ServerProcess["stop"] = async (signal = "SIGTERM") => {
    const startedAt = performance.now();
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    return { code: child.exitCode, milliseconds: performance.now() - startedAt };
  };
  return {
    ready,
    child,
    log: () => log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
      if (directory === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

async function readyLine(child: ChildProcess, log: () => string): Promise<Ready> {
  if (child.stdout === null) throw new Error("The server has no stdout.");
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line", { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }),
    once(child, "exit"),
  ]);
  const [text]: unknown[] = line;
  if (typeof text !== "string") throw new Error(`The server did not start:\n${log()}`);
  return readySchema.parse(JSON.parse(text));
}
