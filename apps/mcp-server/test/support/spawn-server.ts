import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { type Ready, readySchema } from "@ipfs-kit/core/wire";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string[];
  stderr: string[];
}

export interface SpawnedServer {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** The first line of stdout. Fails when the process ends without one. */
  ready: Promise<Ready>;
}

/**
 * Runs the command itself, from its sources. Killed with the test's own process.
 *
 * @param through a script to run it from, which gets the arguments for Node
 */
export function spawnServer(
  args: string[],
  env: Record<string, string> = {},
  through?: string,
): SpawnedServer {
  const { PATH = "", HOME = "" } = process.env;
  const launcher = through === undefined ? [] : [through];
  const child = spawn(
    process.execPath,
    [...launcher, "--conditions=@ipfs-kit/source", MAIN, ...args],
    {
      env: { PATH, HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const stdout: string[] = [];
  const stderr: string[] = [];
  const firstLine = Promise.withResolvers<string>();
  createInterface(child.stdout).on("line", (line) => {
    stdout.push(line);
    firstLine.resolve(line);
  });
  createInterface(child.stderr).on("line", (line) => stderr.push(line));
  const ended = once(child, "close").then(([code, signal]): Ended => {
    process.off("exit", killWithUs);
    firstLine.reject(new Error(`It ended with ${code}: ${stderr.join("\n")}`));
    return { code, signal, stdout, stderr };
  });
  const ready = firstLine.promise.then((line) => readySchema.parse(JSON.parse(line)));
  // A test that expects the end does not look at this one.
  ready.catch(() => {});
  return { child, ended, ready };
}
