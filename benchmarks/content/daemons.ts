import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { findKubo, startKubo } from "@ipfs-kit/testing";

/** A program that answers Kubo's RPC. */
export interface Daemon extends AsyncDisposable {
  url: string;
  pid: number;
}

const SERVER = fileURLToPath(new URL("../../apps/mcp-server/src/main.ts", import.meta.url));

/** Our server on a fresh folder. */
export async function startServer(directory: string): Promise<Daemon> {
  const flags = ["--port", "0", "--gateway-port", "0", "--persistence-path", directory];
  const child = spawn(
    process.execPath,
    ["--conditions=@ipfs-kit/source", SERVER, ...flags, "--log-level", "error"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(createInterface(child.stdout), "line");
  const ready: { http: string; pid: number } = JSON.parse(String(line));
  return {
    url: ready.http,
    pid: ready.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Kubo with our profile's parameters; `undefined` where there is none. */
export async function startKuboDaemon(): Promise<Daemon | undefined> {
  if (findKubo() === undefined) return undefined;
  const kubo = await startKubo({ offline: true });
  return { url: kubo.api, pid: kubo.pid, [Symbol.asyncDispose]: async () => kubo.stop() };
}
