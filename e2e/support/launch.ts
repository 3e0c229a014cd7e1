import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { type Ready, readySchema } from "@ipfs-kit/core/wire";
import { afterEach, beforeEach } from "vitest";

import { MAIN } from "./server-process.ts";

/** How a process ended, and all it said. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: readonly string[];
  stderr: readonly string[];
}

/** The built command, running. */
export interface Launched {
  readonly child: ChildProcess;
  /** The lines so far. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** The first line of stdout. Fails when the process ends without one. */
  readonly ready: Promise<Ready>;
  readonly ended: Promise<Ended>;
  /** Resolves when a line of stderr has this text in it. Fails when the process ends before. */
  logged(text: string): Promise<void>;
}

interface LaunchInit {
  env?: Readonly<Record<string, string>>;
  /** A program, with its arguments, that runs the command. */
  under?: readonly string[];
}

/** A folder for one test, and processes that have nothing else: home and temporary files are in it. */
export interface Bench {
  readonly folder: string;
  launch(args: readonly string[], init?: LaunchInit): Launched;
}

/** What is launched is killed, and the folder removed, when the test is over. */
export function useBench(): Bench {
  let folder = "";
  const running: Launched[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ipfs-kit-contract-"));
  });
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      killGroup(child);
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    launch: (args, { env = {}, under = [] } = {}) => {
      const { PATH = "" } = process.env;
      const launched = launch([...under, process.execPath, MAIN, ...args], {
        PATH,
        HOME: folder,
        TMPDIR: folder,
        ...env,
      });
      running.push(launched);
      return launched;
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

function launch(commandLine: readonly string[], env: Record<string, string>): Launched {
  const [program = "", ...args] = commandLine;
  // A group of its own: what runs under another program must go with it.
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const killWithUs = () => killGroup(child);
  process.once("exit", killWithUs);
  const stdout: string[] = [];
  const stderr: string[] = [];
  const firstLine = Promise.withResolvers<string>();
  const lines = createInterface(child.stderr);
  lines.on("line", (line) => stderr.push(line));
  createInterface(child.stdout).on("line", (line) => {
    stdout.push(line);
    firstLine.resolve(line);
  });
  const ended = once(child, "close").then(([code, signal]): Ended => {
    process.off("exit", killWithUs);
    firstLine.reject(new Error(`It ended with ${code ?? signal}:\n${stderr.join("\n")}`));
    return { code, signal, stdout, stderr };
  });
  const ready = firstLine.promise.then((line) => readySchema.parse(JSON.parse(line)));
  // A test that expects the end does not look at this one.
  ready.catch(() => {});
  const logged = async (text: string) => {
    while (!stderr.some((line) => line.includes(text))) {
      const next = await Promise.race([once(lines, "line"), ended]);
      if (!Array.isArray(next)) break;
    }
    if (!stderr.some((line) => line.includes(text))) throw new Error(`It never logged ${text}.`);
  };
  return { child, stdout, stderr, ready, ended, logged };
}
