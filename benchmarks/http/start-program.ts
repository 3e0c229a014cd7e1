import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A server in a process of its own. */
export interface Program extends AsyncDisposable {
  /** What it said when it was ready. */
  ready: { http: string; gateway?: string };
  pid: number;
}

const READY_MS = 30_000;

/** Runs a program that says in its first line where it listens. @throws Error when it does not */
export async function startProgram(
  file: string,
  args: readonly string[],
  { v8 = [] }: { v8?: readonly string[] } = {},
): Promise<Program> {
  const flags = [...v8.map((flag) => `--${flag}`), "--conditions=@ipfs-kit/source"];
  const child = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit").then(() => {
    throw new Error(`${file} ended before it was ready.`);
  });
  const lines = createInterface(child.stdout);
  const line = once(lines, "line", { signal: AbortSignal.timeout(READY_MS) });
  const [first]: unknown[] = await Promise.race([line, gone]);
  gone.catch(() => {});
  const ready: Program["ready"] = JSON.parse(String(first));
  return {
    ready,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.kill("SIGTERM")) await once(child, "exit");
    },
  };
}
