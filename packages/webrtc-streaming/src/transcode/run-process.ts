import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { KILL_GRACE_MS, STDERR_TAIL_CHARACTERS } from "./limits.ts";

export interface ProcessRun {
  program: string;
  arguments: readonly string[];
  /** Told each line of stdout. */
  onLine?: (line: string) => void;
  /** Ends the process: SIGTERM, and SIGKILL when that is not enough. */
  signal: AbortSignal;
}

export interface ProcessEnd {
  /** `undefined`: killed by a signal. */
  exitCode: number | undefined;
  /** The end of what it wrote to stderr. */
  complaints: string;
}

/** Passed on to the programs. Neither secrets nor a proxy for their way to us. */
const ENVIRONMENT = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "TMPDIR"];

/**
 * Runs a program to its end, without stdin. Never leaves it running: resolves after it is gone,
 * also when the signal has fired.
 *
 * @throws the system's error when the program cannot be started.
 */
export async function runProcess({
  program,
  arguments: programArguments,
  onLine,
  signal,
}: ProcessRun): Promise<ProcessEnd> {
  const child = spawn(program, programArguments, {
    stdio: ["ignore", "pipe", "pipe"],
    env: Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]])),
    windowsHide: true,
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  child.once("close", () => resolve());
  // Stays for good: an "error" without a listener ends our own process. One of a program that is
  // running, which could not be killed for instance, is not its end.
  child.on("error", (error) => {
    if (child.pid === undefined) reject(error);
  });
  let complaints = "";
  // Without file descriptors left there are no pipes, whatever the types say.
  const { stdout, stderr }: { stdout?: Readable; stderr?: Readable } = child;
  stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-STDERR_TAIL_CHARACTERS);
  });
  if (stdout !== undefined) {
    createInterface({ input: stdout }).on("line", (line) => onLine?.(line));
  }

  let killTimer: NodeJS.Timeout | undefined;
  const kill = () => {
    if (child.pid === undefined) return;
    child.kill("SIGTERM");
    killTimer = setTimeout(() => child.kill("SIGKILL"), KILL_GRACE_MS);
  };
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  try {
    await ended;
  } finally {
    signal.removeEventListener("abort", kill);
    clearTimeout(killTimer);
  }
  return { exitCode: child.exitCode ?? undefined, complaints };
}
